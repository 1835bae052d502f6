/**
 * Fingerprints: sha256 over canonical JSON. The plan's covers everything that can change a row of a slide; where the slides lie, which
 * slides there are, how many threads work and which files are written are no part of it.
 */

import { createHash } from 'node:crypto'
import path from 'node:path'
import type { SlideRef } from '../core/slide.js'
import type { Plan, PlannedSink } from './plan-type.js'
import { schemaVersion } from './version.js'

/** JSON with sorted keys; undefined is left out, bytes and vectors are written as base64, a number that JSON lacks by its name. */
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
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, v]) => v !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, plain(v)]))
}

export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

/** Where the slides lie and which there are: a cohort may grow and move. What columns are is said of the columns. */
const placeOptions = ['glob', 'list', 'folder', 'mask', 'columns']

export type Fingerprinted = Pick<Plan, 'source' | 'stages' | 'cards' | 'columns'> & {
  /** Content hashes of the files of code that shape rows. */
  readonly modules: Readonly<Record<string, string>>
}

export function planFingerprint({ source, stages, cards, columns, modules }: Fingerprinted): string {
  const sourceOptions = Object.fromEntries(Object.entries(source.options).filter(([key]) => !placeOptions.includes(key)))
  return sha256(
    canonical({
      schemaVersion,
      source: { name: source.name, options: sourceOptions },
      stages: stages.map(({ name, options }) => ({ name, options })),
      models: Object.fromEntries(
        Object.entries(cards).map(([name, { sha256: file, inputs, outputs }]) => [name, { file, inputs, outputs }]),
      ),
      columns: columns.map(({ name, type, nullable, size }) => ({ name, type, nullable, size })),
      modules,
    }),
  )
}

/** Of everything that can change a file but not a row: the sinks and their options. */
export const sinksFingerprint = ({ sinks }: { readonly sinks: readonly PlannedSink[] }): string => sha256(canonical(sinks))

/** What the source says of one slide that can change its rows: resolution, mask, label, carried columns, pictures of a set. Files by their names: a cohort may move. */
export function slideFingerprint({ mpp, power, mask, label, carried, images }: SlideRef): string {
  const pictures = images?.map(({ uri, label: own }) => [path.basename(uri), own])
  return sha256(canonical({ mpp, power, mask: mask === undefined ? undefined : path.basename(mask), label, carried, pictures }))
}
