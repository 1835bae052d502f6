/** A table tiastream wrote, in the form another tool loads: the same sinks a run has, fed from a Parquet file. */

import { access, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { PipelineError } from '../core/errors.js'
import { type Options, objectOf, parsed } from '../core/options.js'
import type { AnySinkSpec } from '../core/sink.js'
import { writing } from '../sinks/common/file.js'
import { recordedContext } from '../sinks/common/recorded.js'
import { readTable } from '../sinks/parquet/read.js'
import { sinks } from '../sinks/registry.js'
import { didYouMean } from './did-you-mean.js'
import { fsyncFolder } from './fsync.js'

/** Sinks that need no pixels. */
export const exportForms = ['annotations', 'arrow', 'clam', 'csv', 'geoparquet', 'jsonl', 'qupath', 'tiatoolbox-json', 'wsinfer', 'zarr']

export interface ExportRequest {
  /** Name of the sink. */
  readonly to: string
  /** Where to write; by default beside the table, as the sink names its files. */
  readonly output?: string
  readonly options?: Readonly<Record<string, unknown>>
  /** Replace an earlier export. */
  readonly force?: boolean
  readonly signal?: AbortSignal
}

export interface Exported {
  readonly file: string
  readonly rows: number
}

/** Writes `<output>.partial`, then renames it: an export is there whole, or not at all. */
export async function exportTable(table: string, request: ExportRequest): Promise<Exported> {
  const { to, force = false, signal = new AbortController().signal } = request
  const spec = specOf(to)
  const { metadata, columns, rows, count } = await readTable(table)
  const file = path.resolve(request.output ?? besideOf(table, to, spec))
  if (file === path.resolve(table))
    throw new PipelineError('OUTPUT_EXISTS', `${file} is the table itself`, { hint: 'name another with -o' })
  if (!force && (await exists(file)))
    throw new PipelineError('OUTPUT_EXISTS', `${file} is there already`, { hint: 'name another with -o, or say --force' })
  const options = optionsOf(spec, { ...request.options, file: path.basename(file) })
  const partial = `${file}.partial`
  const { default: open } = await spec.load()
  try {
    const sink = await open(options, { ...recordedContext(metadata, partial, signal), columns })
    await pipeline(rows, sink, { signal })
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
  await writing(file, async () => {
    // A folder cannot be renamed over another.
    if (force) await rm(file, { recursive: true, force: true })
    await rename(partial, file)
    await fsyncFolder(path.dirname(file))
  })
  return { file, rows: count }
}

function specOf(to: string): AnySinkSpec {
  const spec = exportForms.includes(to) ? sinks[to] : undefined
  if (!spec) throw new PipelineError('UNKNOWN_SINK', `there is no export '${to}'`, { hint: `one of ${exportForms.join(', ')}` })
  return spec
}

/** `out/x.parquet` becomes `out/x.geojson`. Outside a run a zarr group is the folder TIAToolbox would write. */
function besideOf(table: string, to: string, spec: AnySinkSpec): string {
  const { dir, base } = path.parse(table)
  const file = to === 'zarr' ? '{slide}.zarr' : spec.file
  return path.join(dir, file.replaceAll('{slide}', base.replace(/\.parquet$/i, '')))
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

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )
