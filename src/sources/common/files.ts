/** The slides or tiles of a run, from patterns or a list: what `slides:` and `tiles:` share. */

import path from 'node:path'
import { nameIn, type RemoteOptions, withoutSecrets } from '../../core/address.js'
import { type ErrorPlace, PipelineError } from '../../core/errors.js'
import type { Column } from '../../core/row.js'
import type { ReaderChoice, SlideKind, SlideRef } from '../../core/slide.js'
import { slideInPlace } from '../../core/slide-in.js'
import type { ValueTypes } from '../../core/source.js'
import { everyTurn } from '../../flow/turn.js'
import { type CarriedColumn, carriedOf, columnOf, withPoint } from './carried.js'
import { alikeOf } from './column-names.js'
import { failAll, mostFaults } from './fail.js'
import { foundBy, pathsIn } from './found.js'
import { Ids, idOf, safeId } from './ids.js'
import { hintOf, leftOut, type Sought } from './left-out.js'
import { listPath, placeOf } from './list-path.js'
import { absentOf } from './must-exist.js'
import { oddValues } from './odd-values.js'
import { readTable, type Table, type TableRow } from './table.js'
import { wholeSlides } from './whole-slides.js'

export interface FileOptions extends RemoteOptions {
  readonly glob?: string[] | undefined
  readonly list?: string | undefined
  readonly columns?: ValueTypes | undefined
  readonly mpp?: number | undefined
  readonly power?: number | undefined
  readonly readers?: ReaderChoice | undefined
  readonly mask?: string | undefined
}

/** About what a line of a list costs, in bytes copied. */
export const workOfLine = 2000

/** Columns of a list that mean something to us; the others are carried. */
const ownColumns = ['id', 'uri', 'mpp', 'power', 'mask', 'label']

/** Either a glob or a list: neither and both are mistakes. */
export function exactlyOne(source: string, options: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  const given = names.filter((name) => options[name] !== undefined)
  if (given.length === 1) return
  const wish = names.map((name) => `${name}:`).join(' or ')
  if (given.length === 0) throw new PipelineError('OPTION_MISSING', `${source} needs ${wish}`)
  throw new PipelineError('OPTION_INVALID', `${source} has ${given.map((name) => `${name}:`).join(' and ')}; it takes only one of them`)
}

export async function fileColumns(
  options: FileOptions,
  folder: string,
  known: ValueTypes = {},
  signal?: AbortSignal,
): Promise<readonly Column[]> {
  if (options.list === undefined) return []
  const file = placeOf(options.list, folder)
  const table = await readTable(file, ownColumns, { ...options, signal })
  const label: Column[] = table.columns.includes('label')
    ? [{ name: 'label', type: 'category', nullable: true, about: 'The label the list gives.' }]
    : []
  return [...label, ...carriedColumns(table, file, options, known).map(({ value, by, decimalComma, ...column }) => column)]
}

/** The further columns of a list: all but those that mean something to the source. */
export function carriedColumns(
  table: Table,
  list: string,
  { columns: declared = {} }: Pick<FileOptions, 'columns'>,
  known: ValueTypes,
  own: readonly string[] = ownColumns,
): readonly CarriedColumn[] {
  const file = path.basename(withoutSecrets(list))
  const further = table.columns.filter((name) => !own.includes(name))
  const none = Object.keys(declared).find((name) => !further.includes(name))
  if (none !== undefined) {
    const why = own.includes(none) ? 'has a type of its own' : `is no column of ${file}`
    throw new PipelineError('OPTION_INVALID', `columns names '${none}', which ${why}`, {
      hint: further.length === 0 ? 'the list has no further columns' : `further columns are: ${further.join(', ')}`,
    })
  }
  return further.map((name) => columnOf(name, table, file, declared, known))
}

/** A source of files as a pipeline asks for it. */
export interface FilesAsked {
  readonly source: 'slides' | 'tiles'
  readonly kind: SlideKind
  readonly options: FileOptions
  /** Of the pipeline. */
  readonly folder: string
  /** Types of further columns, as the output knows them. */
  readonly known?: ValueTypes | undefined
  readonly signal?: AbortSignal | undefined
}

export async function* fileRefs(asked: FilesAsked): AsyncGenerator<SlideRef> {
  const { source, options } = asked
  exactlyOne(source, { ...options }, ['glob', 'list'])
  if (options.columns && options.list === undefined)
    throw new PipelineError('OPTION_INVALID', `${source} has columns:, which are those of a list:, and no list:`)
  yield* options.list === undefined ? globbed(asked) : listed(asked, placeOf(options.list, asked.folder))
}

const soughtBy = (source: string): Sought => (source === 'tiles' ? 'pictures' : 'slides')

/** What a person should know of the choice of files, and of what their list says of them. */
export async function fileWarnings({ source, options, folder, signal }: Omit<FilesAsked, 'kind' | 'known'>): Promise<readonly string[]> {
  const { glob, list, columns = {} } = options
  if (glob !== undefined) return leftOut(`${source}.glob`, pathsIn(glob), folder, soughtBy(source))
  if (list === undefined) return []
  const file = placeOf(list, folder)
  const table = await readTable(file, ownColumns, { ...options, signal })
  const named = path.basename(withoutSecrets(file))
  return [...alikeOf(table.columns, Object.keys(columns), named), ...(await oddValues(table, ownColumns, columns, named))]
}

/** How the addresses of a source are asked for, where it says so. */
export const remoteOf = ({ s3, gs, az, cache }: RemoteOptions): { readonly remote?: RemoteOptions } =>
  [s3, gs, az, cache].every((option) => option === undefined) ? {} : { remote: { s3, gs, az, cache } }

/** What the pipeline says of every file. */
const common = ({ mpp, power, s3, gs, az, cache, readers }: FileOptions) => ({
  ...(mpp === undefined ? {} : { mpp }),
  ...(power === undefined ? {} : { power }),
  ...remoteOf({ s3, gs, az, cache }),
  ...(readers === undefined ? {} : { readers }),
})
const maskOf = (template: string | undefined, id: string, folder: string) =>
  template === undefined ? {} : { mask: placeOf(slideInPlace(template, id), folder) }

async function* globbed({ source, kind, options, folder, signal }: FilesAsked): AsyncGenerator<SlideRef> {
  const all = await foundBy(options.glob ?? [], folder, { ...options, signal })
  const files = kind === 'slide' ? wholeSlides(all, options.glob ?? []) : all
  if (files.length === 0) {
    const patterns = options.glob ?? []
    const [left] = await leftOut(`${source}.glob`, pathsIn(patterns), folder, soughtBy(source))
    const hint = left ?? (await hintOf(pathsIn(patterns), folder, source === 'tiles' ? '{png,jpg,tif}' : '{svs,tif,tiff}'))
    const what = `${source}.glob ${patterns.map((g) => `'${withoutSecrets(g)}'`).join(', ')} finds no file`
    throw new PipelineError('NO_SLIDES', what, hint === undefined ? {} : { hint })
  }
  const ids = new Ids()
  const refs = files.map((uri): SlideRef => {
    const id = idOf(nameIn(uri))
    return { kind, id, uri, ...common(options), ...maskOf(options.mask, id, folder), carried: {} }
  })
  // Of an id that a thousand files would have, two say what is wrong.
  const clashes = new Map<string, PipelineError>()
  for (const { id, uri } of refs) {
    const clash = ids.claim(id, withoutSecrets(uri))
    if (clash && !clashes.has(id.toLowerCase())) clashes.set(id.toLowerCase(), clash)
  }
  const faults = [...clashes.values()]
  await failAllMissing(refs, faults)
  yield* refs
}

async function* listed(asked: FilesAsked, list: string): AsyncGenerator<SlideRef> {
  const { source, options, known = {}, signal } = asked
  const table = await readTable(list, ownColumns, { ...options, signal })
  const file = withoutSecrets(list)
  if (table.rows.length === 0)
    throw new PipelineError('NO_SLIDES', `${source}.list names no file: below the names of its columns it is empty`, {
      at: { file, line: 1, column: 1 },
    })
  const carried = carriedColumns(table, file, options, known)
  const ids = new Ids()
  const faults: PipelineError[] = []
  const refs: SlideRef[] = []
  const lines: number[] = []
  const turn = everyTurn()
  for (const row of table.rows) {
    await turn(workOfLine)
    const at = { file, line: row.line, column: 1 }
    try {
      const ref = refOf(row, asked, { file: list, carried, decimalComma: table.decimalComma })
      const clash = ids.claim(ref.id, withoutSecrets(ref.uri))
      if (clash) throw clash
      refs.push(ref)
      lines.push(row.line)
    } catch (cause) {
      if (!(cause instanceof PipelineError)) throw cause
      faults.push(new PipelineError(cause.code, cause.message, { at, ...(cause.hint ? { hint: cause.hint } : {}) }))
    }
  }
  await failAllMissing(refs, faults, (i) => ({ file, line: lines[i]!, column: 1 }))
  yield* refs
}

const startsAt = 'paths in a list start at the folder of the list, and name the folders below it, too'

/**
 * A file that is absent is its slide's error, when its turn comes; when none is there the list starts at another folder, or the masks have
 * another name, and nothing starts. Beside other faults all are told, so that one look at the list mends them.
 */
async function failAllMissing(refs: readonly SlideRef[], faults: PipelineError[], at?: (i: number) => ErrorPlace): Promise<void> {
  const missing: PipelineError[] = []
  for (const [i, ref] of refs.entries()) {
    const fault = await absentOf(ref, { hinted: missing.length < mostFaults })
    // One that is there is enough to begin.
    if (!fault && faults.length === 0) return
    const hint = fault?.hint ?? (at && faults.length === 0 && missing.length === 0 ? startsAt : undefined)
    if (fault) missing.push(at ? new PipelineError(fault.code, fault.message, { at: at(i), ...(hint ? { hint } : {}) }) : fault)
  }
  failAll([...faults, ...missing].toSorted((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0)))
}

interface ReadList extends Pick<Table, 'decimalComma'> {
  readonly file: string
  readonly carried: readonly CarriedColumn[]
}

/** Paths in a list start at the folder of the list, or at home (`~/`); those in the pipeline at the folder of the pipeline. */
function refOf({ values }: TableRow, { kind, options, folder }: FilesAsked, { file, carried, decimalComma }: ReadList): SlideRef {
  const written = values.uri ?? ''
  if (written === '') throw new PipelineError('LIST_INVALID', 'this line names no uri')
  const uri = listPath(written, file)
  const given = values.id ?? ''
  if (given !== '' && safeId(given) !== given) {
    throw new PipelineError('LIST_INVALID', `the id '${given}' cannot be a file name`, { hint: `write ${safeId(given)}` })
  }
  const id = given || idOf(nameIn(written))
  const mask = values.mask ? { mask: listPath(values.mask, file) } : maskOf(options.mask, id, folder)
  return {
    kind,
    id,
    uri,
    ...common(options),
    ...positive('mpp', values.mpp, decimalComma),
    ...positive('power', values.power, decimalComma),
    ...mask,
    ...(values.label ? { label: values.label } : {}),
    carried: carriedOf(carried, { line: 0, values }),
  }
}

function positive(
  name: 'mpp' | 'power',
  text: string | undefined,
  decimalComma: boolean,
): { readonly mpp?: number; readonly power?: number } {
  if (!text) return {}
  const value = Number(decimalComma ? withPoint(text) : text)
  if (value > 0 && Number.isFinite(value)) return { [name]: value }
  const point = withPoint(text)
  throw new PipelineError('LIST_INVALID', `${name} is '${text}', which is no number above 0`, {
    hint: point === text ? 'write the number alone, such as 0.25, or nothing' : `write ${point}`,
  })
}
