/** A finished table as another file: the same sinks a run has, fed from a Parquet file, with the slide opened again where pixels are drawn. */

import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isAddress, nameIn } from '../core/address.js'
import { piecesOf } from '../core/batches/batches-of.js'
import { provenanceFor } from '../core/columns/asked.js'
import { PipelineError, SinkError } from '../core/errors.js'
import { type FileKind, pictureForms, pictureKind } from '../core/files/may-replace.js'
import { isOutput } from '../core/files/what-is.js'
import { FirstUnread } from '../core/first-unread.js'
import { type Options, objectOf } from '../core/options.js'
import type { AnySinkSpec, SinkContext } from '../core/sink.js'
import { didYouMean } from '../core/text/did-you-mean.js'
import { parsed } from '../core/text/parsed.js'
import type { Resolution } from '../geometry/resolution.js'
import { usedBy } from '../sinks/common/batch-sink.js'
import type { TableMetadata } from '../sinks/common/metadata.js'
import { recordedContext, recordedPlan } from '../sinks/common/recorded.js'
import { endingProblem } from '../sinks/ending.js'
import { fileOf } from '../sinks/file-of.js'
import patchMask from '../sinks/mask/patches-spec.js'
import { openParquet } from '../sinks/parquet/read.js'
import { readBatches } from '../sinks/parquet/read-columns.js'
import { defaultEnvironment } from './environment/default.js'
import { meantBy, otherSinks } from './plan/other-names.js'
import { commandFile } from './store/command-file.js'
import { openRecorded } from './store/recorded-slide.js'
import { slidePlace } from './store/slide-place.js'

/** Tables: what the rows hold is all they need. */
export const tableForms = ['annotations', 'arrow', 'clam', 'csv', 'geoparquet', 'jsonl', 'qupath', 'tiatoolbox-json', 'wsinfer', 'zarr']

/** A map and a mask are drawn from rows alone, other pictures show pixels of the slide. */
const fromRows = ['map', 'mask']

export const exportForms = [...tableForms, ...pictureForms]

/** Sinks that a table cannot be made into, and what to do instead. */
const notFromTables: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  parquet: ['it is a Parquet table already', 'copy the file; its rows and its metadata are all there'],
}

export interface ExportRequest {
  /** Name of the sink. */
  readonly to: string
  /** Where to write, a path or an address in a bucket, in which `{slide}` stands for the slide; by default beside the table, as the sink names its files. */
  readonly output?: string
  /** As in YAML. */
  readonly options?: Readonly<Record<string, unknown>>
  /** As words: what looks like a number, `true` or `false` is one where the option takes it, and text where it takes that (a class called 1). */
  readonly set?: Readonly<Record<string, string>>
  /** Where the slide is now, if it moved. Opened where the picture shows its pixels. */
  readonly slide?: string
  /** Replace an earlier export. */
  readonly force?: boolean
  readonly signal?: AbortSignal
}

export interface Exported {
  readonly file: string
  /** Rows that are in it, and those of the table: some forms hold no patch without an answer, a mask only those that were asked for. */
  readonly rows: number
  readonly of: number
  /** Why a part of the slide is white in a picture of it: it could not be read. */
  readonly unread?: string
}

/** Writes beside its place, then renames: an export is there whole, or not at all. */
export async function exportTable(table: string, request: ExportRequest): Promise<Exported> {
  const { to, force = false, signal = new AbortController().signal } = request
  const spec = specOf(to)
  const { metadata, columns, count } = await openParquet(table)
  const place = request.slide === undefined ? await slidePlace(table, metadata.slide) : { uri: request.slide }
  const { id } = metadata.slide
  // Outside a run a zarr group is the folder TIAToolbox would write.
  const named = to === 'zarr' ? '{slide}.zarr' : spec.file
  const out = request.output === undefined ? await besideTable(table, id, named) : fileOf(request.output, nameOf(table, id))
  const target = commandFile({
    out,
    force,
    reads: [table, ...(place === null ? [] : [place.uri])],
    kind: pictureForms.includes(to) ? pictureKind(out) : (to as FileKind),
  })
  const { place: file, partial } = target
  if (file === (isAddress(table) ? table : path.resolve(table)))
    throw new PipelineError('OUTPUT_EXISTS', `${file} is the table itself`, { hint: 'name another with -o' })
  await target.check()
  const options = optionsOf(spec, { ...settings(spec, request.set), ...request.options, file: path.basename(file) })
  // Outside a run a zarr group may be a folder, of any name.
  const ending = to === 'zarr' ? undefined : endingProblem(spec, options, defaultEnvironment.sinks)
  if (ending !== undefined) throw new PipelineError('OPTION_INVALID', `${to}: the file ${ending}`)
  const context = contextFor(options, recordedContext(metadata, partial, signal))
  if (pictureForms.includes(to)) refuse(spec, options, context)
  const { default: open } = await spec.load()
  const isSeen = request.slide !== undefined || lacksCorner(to, metadata.slide) || needsSlide(to, options)
  const slide = isSeen ? await openRecorded(defaultEnvironment.readers, metadata, place, signal) : undefined
  let used: number | undefined
  const unread = new FirstUnread()
  try {
    const sink = await open(options, { ...context, columns, unread: unread.note, ...(slide ? { slide } : {}) })
    await pipeline(piecesOf(readBatches(table, columns)), sink, { signal })
    used = usedBy(sink)
  } catch (error) {
    await target.discard()
    throw calledAs(error, partial, file)
  } finally {
    await slide?.close()
  }
  await target.publish()
  return { file, rows: used ?? count, of: count, ...(unread.why === undefined ? {} : { unread: unread.why }) }
}

/** What a sink says of the file it writes, under the name that a person gave. */
function calledAs(error: unknown, partial: string, file: string): unknown {
  if (!(error instanceof SinkError) || !error.message.includes(partial)) return error
  const { code, hint, at, cause } = error
  const more = { ...(hint === undefined ? {} : { hint }), ...(at === undefined ? {} : { at }), ...(cause === undefined ? {} : { cause }) }
  return new SinkError(
    code,
    error.message.replaceAll(partial, () => file),
    more,
  )
}

/** Of several models the one that is named. */
function contextFor({ model }: Readonly<Record<string, unknown>>, context: SinkContext): SinkContext {
  if (typeof model !== 'string') return context
  const provenance = provenanceFor(context.provenance, model)
  if (typeof provenance === 'string') throw new PipelineError('OPTION_INVALID', `model ${provenance}`)
  return { ...context, provenance }
}

/** What the spec of a picture has against these options and columns, as check says it before a run. */
function refuse(spec: AnySinkSpec, options: Options<typeof spec.options>, context: SinkContext): void {
  const problems = spec.problems?.(options, recordedPlan(context)) ?? []
  if (problems.length > 0) throw new PipelineError('OPTION_INVALID', `${spec.name}: ${problems.join('; ')}`)
}

/** Pixels, or the levels that `at: level 2` counts, are known by the slide alone. */
function needsSlide(to: string, { at }: { readonly at?: Resolution }): boolean {
  return pictureForms.includes(to) && (!fromRows.includes(to) || at?.units === 'level')
}

/** Tables of before do not say what of such a slide was scanned, from where QuPath counts. Each of them says so of itself. */
const lacksCorner = (to: string, { vendor, bounds }: TableMetadata['slide']): boolean =>
  to === 'qupath' && bounds === undefined && ['leica', 'mirax'].includes(vendor)

function specOf(to: string): AnySinkSpec {
  const never = notFromTables[to]
  if (never) throw new PipelineError('UNKNOWN_SINK', `there is no export '${to}': ${never[0]}`, { hint: never[1] })
  // A table does not hold the mask of tissue, which the sink of a run writes: that of its patches is made.
  const spec = to === 'mask' ? patchMask : exportForms.includes(to) ? defaultEnvironment.sinks[to] : undefined
  if (spec) return spec
  const meant = meantBy(to, otherSinks).filter((ours) => exportForms.includes(ours))
  const said = meant.length > 0 ? `: write ${meant.join(' or ')}` : didYouMean(to, exportForms)
  throw new PipelineError('UNKNOWN_SINK', `there is no export '${to}'${said}`, { hint: `one of ${exportForms.join(', ')}` })
}

/** What stands for `{slide}`: the name of the table, of which the slide may have another front than of its other files. */
function nameOf(table: string, id: string): string {
  const { base } = path.parse(isAddress(table) ? nameIn(table) : table)
  return ['parquet', 'pq'].some((end) => base === fileOf(`{slide}.${end}`, id)) ? id : base.replace(/\.(parquet|pq)$/i, '')
}

/** `x.parquet` becomes `x.geojson`, and `out/rows/x.parquet` of an output `out` becomes `out/x.geojson`: that folder holds tables alone. */
export async function besideTable(table: string, id: string, named: string): Promise<string> {
  // Of a table in a bucket it is made where one stands.
  const own = path.dirname(path.resolve(isAddress(table) ? nameIn(table) : table))
  const above = path.dirname(own)
  const dir = !(await isOutput(own)) && (await isOutput(above)) ? above : own
  return path.join(dir, fileOf(named, nameOf(table, id)))
}

function settings({ options }: AnySinkSpec, set: Readonly<Record<string, string>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(set).map(([name, words]) => {
      const value: unknown = /^(true|false|-?(0|[1-9]\d*)(\.\d+)?)$/.test(words) ? JSON.parse(words) : words
      const schema = Object.hasOwn(options, name) ? options[name] : undefined
      return [name, schema?.safeParse(value).success || !schema?.safeParse(words).success ? value : words]
    }),
  )
}

function optionsOf(spec: AnySinkSpec, written: Readonly<Record<string, unknown>>): Options<typeof spec.options> {
  const known = Object.keys(spec.options)
  for (const name of Object.keys(written)) {
    if (known.includes(name)) continue
    throw new PipelineError('UNKNOWN_OPTION', `${spec.name} has no option '${name}'${didYouMean(name, known)}`, {
      hint: `its options are ${known.join(', ')}`,
    })
  }
  const result = parsed(objectOf(spec.options), written)
  if ('problems' in result)
    throw new PipelineError('OPTION_INVALID', `${spec.name}: ${result.problems.join('; ')}`, { hint: 'tiastream docs lists the options' })
  return result.value
}
