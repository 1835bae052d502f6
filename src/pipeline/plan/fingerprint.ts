/**
 * Fingerprints: sha256 over canonical JSON. The plan's covers everything that can change a row of a slide, by its content: where slides,
 * models and modules lie, which slides there are, how many threads work and which files are written are no part of it.
 */

import { createHash } from 'node:crypto'
import path from 'node:path'
import { isAddress, nameIn } from '../../core/address.js'
import type { ModelCard } from '../../core/model.js'
import { pathsFrom } from '../../core/picture-path.js'
import type { Column } from '../../core/row.js'
import type { SlideRef } from '../../core/slide.js'
import type { Plan, PlannedStage } from './plan-type.js'
import { schemaVersion } from './version.js'

/**
 * JSON with sorted keys; undefined is left out, bytes and vectors are written as base64, what JSON lacks (as an option of a plugin may be: a Date, a
 * RegExp, a Set, a function) by its name and what it says.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(plain(value))
}

function plain(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) }
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return { [value.constructor.name]: bytes.toString('base64') }
  }
  if (Array.isArray(value)) return value.map(plain)
  if (['bigint', 'function', 'symbol'].includes(typeof value)) return { [typeof value]: String(value) }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Map || value instanceof Set) return { [value.constructor.name]: [...value].map(plain) }
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return plain(new Uint8Array(value))
  if (value instanceof RegExp) return { RegExp: String(value) }
  // Date, URL.
  if ('toJSON' in value && typeof value.toJSON === 'function') return { [value.constructor.name]: plain(value.toJSON()) }
  const entries = Object.entries(value).filter(([, v]) => v !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, plain(v)]))
}

export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

/** Where the slides lie and which there are: a cohort may grow and move. What columns are is said of the columns. */
const placeOptions = ['glob', 'list', 'folder', 'mask', 'columns', 's3', 'gs', 'az', 'cache']

export type Fingerprinted = Pick<Plan, 'source' | 'stages' | 'cards' | 'columns'> & {
  /** Content hashes of the user's code that shapes rows, with all it imports, by the name the pipeline uses. */
  readonly modules: Readonly<Record<string, string>>
  readonly plugins: Plan['plugins']
  /** Names of stages that say which files they read for a slide. */
  readonly reading: ReadonlySet<string>
}

/** Of the source what can change a row. */
export const sourceContent = ({ name, options }: Plan['source']) => ({
  name,
  options: Object.fromEntries(Object.entries(options).filter(([key]) => !placeOptions.includes(key))),
})

export const columnContent = ({ name, type, nullable, size }: Column) => ({ name, type, nullable, size })

export function planFingerprint({ source, stages, cards, columns, modules, plugins, reading }: Fingerprinted): string {
  return sha256(
    canonical({
      schemaVersion,
      source: sourceContent(source),
      stages: stages.map(({ name, options }) => ({
        name,
        options: contentOf(options, cards, modules, reading.has(name) ? filesOfSlides : []),
      })),
      columns: columns.map(columnContent),
      // Where they lie is no part of it; without plugins all is as it was before there were any.
      ...(plugins.length > 0 ? { plugins: plugins.map(({ name, version, sha256 }) => ({ name, version, sha256 })) } : {}),
    }),
  )
}

const filesOfSlides: readonly string[] = ['file', 'places']

/**
 * Options with what they name in place of its name. By convention `model` names a model and `module` code of the user; `files`, of a stage that says
 * which it reads, are a file of each slide, which counts with the slide; which `device` counts is known when it is used;
 * `outputs` are those of the model of `infer`, which is there; of `like` came a size, a resolution and a stride, which are there.
 */
function contentOf(
  { device, outputs, like, precision, ...options }: PlannedStage['options'],
  cards: Plan['cards'],
  modules: Fingerprinted['modules'],
  files: readonly string[],
): unknown {
  // As the graph says, which counts, unless floats of 16 bits may be taken: which were is kept with the output.
  const counted = precision === 'auto' || precision === 'bf16' ? { ...options, precision } : options
  return Object.fromEntries(
    Object.entries(counted).map(([key, value]) => {
      if (key === 'cuda' || key === 'tensorrt') return [key, rowsOf(value)]
      if (typeof value !== 'string') return [key, value]
      if (key === 'model' && cards[value]) return [key, answersOf(cards[value])]
      if (key === 'module') return [key, modules[value]]
      return [key, files.includes(key) ? 'a file of each slide' : value]
    }),
  )
}

/** Of how sessions are made: how much memory they take and where engines are kept changes no row. */
function rowsOf(settings: unknown): unknown {
  const { memory, cache, ...rest } = (settings ?? {}) as Readonly<Record<string, unknown>>
  return Object.keys(rest).length > 0 ? rest : undefined
}

/** Of a card what can change an answer. */
export const answersOf = ({ sha256, inputs, outputs, batch }: ModelCard) => ({
  sha256,
  inputs,
  outputs: outputs.map(({ classes, about, ...output }) => ({ ...output, classes: classes.map(({ name }) => name) })),
  batch,
})

/** Of everything that can change a file but not a row: the sinks and their options, in any order, and what a card says for people. */
export const sinksFingerprint = ({ sinks, cards }: Pick<Plan, 'sinks' | 'cards'>): string =>
  sha256(
    canonical({
      sinks: sinks.map(canonical).toSorted(),
      cards: Object.values(cards).map(({ name, licence, outputs }) => ({ name, licence, outputs })),
    }),
  )

/** A file that a stage reads for a slide. */
export interface FileContent {
  readonly file: string
  /** Null where there is none. */
  readonly sha256: string | null
}

/** What can change the rows of one slide besides its own content: what the source says of it, and files that stages read for it. */
export function slideFingerprint({ mpp, power, label, carried, images, root }: SlideRef, files: readonly FileContent[]): string {
  // In a web address a name may be written with `%20`; on a disk `\\` may be a letter of one.
  const fileOf = root === undefined ? (uri: string) => (isAddress(uri) ? nameIn(uri) : path.basename(uri)) : pathsFrom(root)
  const pictures = images?.map(({ uri, label: own, carried: further }) => [fileOf(uri), own, ...(further ? [further] : [])])
  return sha256(canonical({ mpp, power, label, carried, pictures, files: files.map(({ sha256 }) => sha256) }))
}
