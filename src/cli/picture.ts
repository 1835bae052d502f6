/** One picture made outside a run: by the same sink a run has, whole or not at all. */

import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Batch } from '../core/batch.js'
import { piecesOf } from '../core/batches/batches-of.js'
import { PipelineError } from '../core/errors.js'
import { pictureKind } from '../core/files/may-replace.js'
import { FirstUnread } from '../core/first-unread.js'
import { objectOf } from '../core/options.js'
import type { AnySinkSpec, SinkContext } from '../core/sink.js'
import { parsed } from '../core/text/parsed.js'
import { defaultEnvironment } from '../pipeline/environment/default.js'
import { commandFile } from '../pipeline/store/command-file.js'
import { recordedPlan } from '../sinks/common/recorded.js'
import { endingProblem } from '../sinks/ending.js'
import { warnUnread } from './warn-here.js'

export interface PictureRequest {
  readonly spec: AnySinkSpec
  /** Options as one would write them in YAML. */
  readonly options: Readonly<Record<string, unknown>>
  /** A path, or an address in a bucket. */
  readonly file: string
  readonly force: boolean
  /** The slide and the table: never replaced. */
  readonly reads: readonly string[]
  readonly batches: AsyncIterable<Batch> | Iterable<Batch>
}

/** The options, checked: nothing is opened before they are right. */
function pictureOptions(spec: AnySinkSpec, written: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const result = parsed(objectOf(spec.options), written)
  if ('value' in result) return result.value as Readonly<Record<string, unknown>>
  throw new PipelineError('OPTION_INVALID', `${spec.name}: ${result.problems.join('; ')}`, {
    hint: `tiastream ${spec.name} --help lists the options`,
  })
}

/** Whole or not at all. Throws OUTPUT_EXISTS. */
export async function writePicture(request: PictureRequest, context: Omit<SinkContext, 'path'>): Promise<string> {
  const { spec, force, reads, batches } = request
  const kind = pictureKind(request.file)
  const target = commandFile({ out: request.file, force, reads, kind })
  const file = target.place
  const options = pictureOptions(spec, { ...request.options, file: path.basename(file) })
  const ending = endingProblem(spec, options, defaultEnvironment.sinks)
  const problems = [...(ending === undefined ? [] : [`the file ${ending}`]), ...(spec.problems?.(options, recordedPlan(context)) ?? [])]
  if (problems.length > 0) throw new PipelineError('OPTION_INVALID', `${spec.name}: ${problems.join('; ')}`)
  await target.check()
  const { default: open } = await spec.load()
  const unread = new FirstUnread()
  try {
    await pipeline(piecesOf(batches), await open(options, { ...context, unread: unread.note, path: target.partial }), {
      signal: context.signal,
    })
    await target.publish()
    warnUnread(file, unread.why)
  } catch (error) {
    await target.discard()
    throw error
  }
  return file
}
