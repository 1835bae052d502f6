/** The sinks of one slide, open: their partial files, and what they hold when they are done. */

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { SinkError, TiastreamError } from '../core/errors.js'
import type { SinkContext } from '../core/sink.js'
import type { Slide } from '../core/slide.js'
import { sinks as registry } from '../sinks/registry.js'
import { type Finished, partialOf } from './commit.js'
import type { Plan } from './plan-type.js'

export interface OpenSinks {
  readonly writables: readonly Writable[]
  /** After all have ended: the files, with the row counts read back from them. */
  finished(): Promise<readonly Finished[]>
  /** Removes what was left unfinished. */
  discard(): Promise<void>
}

export const fileOf = (template: string, slide: string): string => template.replaceAll('{slide}', slide)

export async function openSinks(plan: Plan, slide: Slide, signal: AbortSignal): Promise<OpenSinks> {
  const writables: Writable[] = []
  const opened = plan.sinks.map((sink) => ({ ...sink, file: fileOf(sink.file, slide.info.id) }))
  const partials = opened.map(({ file }) => path.join(plan.output, partialOf(file)))
  const discard = async () => {
    for (const writable of writables) writable.destroy()
    await Promise.all(partials.map((partial) => rm(partial, { force: true })))
  }
  try {
    for (const [i, { name, options }] of opened.entries()) {
      const context: SinkContext = { path: partials[i]!, columns: plan.columns, slide, provenance: plan.provenance, signal }
      await mkdir(path.dirname(context.path), { recursive: true })
      const { default: open } = await registry[name]!.load()
      writables.push(await open(options, context))
    }
  } catch (error) {
    await discard()
    throw asSinkError(error, plan.output)
  }
  return {
    writables,
    finished: () =>
      Promise.all(
        opened.map(async ({ name, file }, i): Promise<Finished> => {
          const counter = registry[name]!.count
          if (counter === undefined) return { sink: name, file }
          const { default: count } = await counter()
          return { sink: name, file, rows: await count(partials[i]!) }
        }),
      ),
    discard,
  }
}

function asSinkError(error: unknown, output: string): Error {
  if (error instanceof TiastreamError) return error
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) return error as Error
  return new SinkError(code === 'ENOSPC' ? 'DISK_FULL' : 'OUTPUT_DENIED', `${output} cannot be written: ${(error as Error).message}`, {
    hint: code === 'ENOSPC' ? 'make room on the disk' : 'check the folder and its permissions',
    cause: error,
  })
}
