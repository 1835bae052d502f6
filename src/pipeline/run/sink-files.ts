/** The sinks of one slide, open: their partial files, and what they hold when they are done. */

import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { provenanceFor } from '../../core/asked.js'
import { bugInRun, TiastreamError } from '../../core/errors.js'
import type { SinkContext } from '../../core/sink.js'
import type { Slide } from '../../core/slide.js'
import type { Mask } from '../../geometry/coverage.js'
import { sinkErrorOf } from '../../sinks/common/file.js'
import { isApart } from '../environment/apart.js'
import type { Plan } from '../plan/plan-type.js'
import { type Finished, partialOf } from '../store/commit.js'
import { makeInside } from '../store/inside.js'
import type { SlideHelp } from './helpers.js'

export interface OpenSinks {
  readonly writables: readonly Writable[]
  /** After all have ended: the files, with the row counts read back from them. */
  finished(): Promise<readonly Finished[]>
  /** Removes what was left unfinished. */
  discard(): Promise<void>
}

export const fileOf = (template: string, slide: string): string => template.replaceAll('{slide}', slide)

/** `mask`: the tissue mask, once a stage has shown it. */
export async function openSinks(
  plan: Plan,
  slide: Slide,
  signal: AbortSignal,
  mask: () => Mask | undefined,
  help: Pick<SlideHelp, 'sink'>,
): Promise<OpenSinks> {
  const { sinks: specs } = plan.environment
  const writables: Writable[] = []
  const opened = plan.sinks.map((sink) => ({ ...sink, file: fileOf(sink.file, slide.info.id) }))
  const partials = opened.map(({ file }) => path.join(plan.output, partialOf(file)))
  const discard = async () => {
    for (const writable of writables) writable.destroy()
    await Promise.all(partials.map((partial) => rm(partial, { recursive: true, force: true })))
  }
  try {
    for (const [i, { name, options }] of opened.entries()) {
      const named = typeof options.model === 'string' ? provenanceFor(plan.provenance, options.model) : plan.provenance
      if (typeof named === 'string') throw bugInRun(`the model of the sink ${name} ${named}`)
      const context: SinkContext = { path: partials[i]!, columns: plan.columns, slide, provenance: named, signal, mask }
      await makeInside(plan.output, path.dirname(context.path))
      // Whatever a killed run left, or somebody laid there: a sink starts with nothing, and follows no link.
      await rm(context.path, { recursive: true, force: true })
      if (isApart(plan.environment, name)) writables.push(help.sink(name, options, context))
      else writables.push(await (await specs[name]!.load()).default(options, context))
    }
  } catch (error) {
    await discard().catch(() => undefined)
    throw withCode(error) ? sinkErrorOf(error, plan.output) : error
  }
  return {
    writables,
    finished: () =>
      Promise.all(
        opened.map(async ({ name, file }, i): Promise<Finished> => {
          const counter = specs[name]!.count
          if (counter === undefined) return { sink: name, file }
          const { default: count } = await counter()
          return { sink: name, file, rows: await count(partials[i]!) }
        }),
      ),
    discard,
  }
}

/** An error of the file system that no sink has turned into its own. */
function withCode(error: unknown): boolean {
  return !(error instanceof TiastreamError) && typeof (error as NodeJS.ErrnoException).code === 'string'
}
