/** The sinks of one slide, open: their drafts, and what they hold when they are done. */

import type { Writable } from 'node:stream'
import { provenanceFor } from '../../core/columns/asked.js'
import { bugInRun, TiastreamError } from '../../core/errors.js'
import { marksIn } from '../../core/roles.js'
import type { SinkContext } from '../../core/sink.js'
import type { Slide } from '../../core/slide.js'
import { untilAborted } from '../../flow/until-aborted.js'
import type { Mask } from '../../geometry/coverage.js'
import { sinkErrorOf } from '../../sinks/common/file.js'
import { fileOf } from '../../sinks/file-of.js'
import { isApart } from '../environment/apart.js'
import type { Plan } from '../plan/plan-type.js'
import type { Finished } from '../store/commit.js'
import type { ResultStore } from '../store/result-store.js'
import type { SlideHelp } from './helpers.js'

export interface OpenSinks {
  readonly writables: readonly Writable[]
  /** After all have ended: the files, with the row counts read back from them. */
  finished(): Promise<readonly Finished[]>
  /** Removes what was left unfinished. */
  discard(): Promise<void>
}

/** What sinks are given of a slide. */
export interface SinkInput {
  readonly slide: Slide
  readonly signal: AbortSignal
  /** The tissue mask, once a stage has shown it; null: there is none. */
  readonly mask: () => Mask | null | undefined
  readonly help: Pick<SlideHelp, 'sink'>
}

export interface SinksAsked extends SinkInput {
  readonly store: ResultStore
  /** Whose drafts they are. */
  readonly attempt: string
  readonly plan: Plan
}

export async function openSinks({ store, attempt, plan, slide, signal, mask, help }: SinksAsked): Promise<OpenSinks> {
  const { sinks: specs } = plan.environment
  const writables: Writable[] = []
  const opened = plan.sinks.map((sink) => ({ ...sink, file: fileOf(sink.file, slide.info.id) }))
  const drafts: string[] = []
  const discard = async () => {
    for (const writable of writables) writable.destroy()
    await store.discard(attempt)
  }
  // Its rows say it.
  const unread = marksIn(plan.stages) ? { unread: () => undefined } : {}
  try {
    for (const { name, options, file } of opened) {
      const named = typeof options.model === 'string' ? provenanceFor(plan.provenance, options.model) : plan.provenance
      if (typeof named === 'string') throw bugInRun(`the model of the sink ${name} ${named}`)
      const draft = await store.draft(attempt, file)
      drafts.push(draft)
      const context: SinkContext = { path: draft, columns: plan.columns, slide, provenance: named, signal, mask, ...unread }
      if (isApart(plan.environment, name)) writables.push(help.sink(name, options, context))
      else writables.push(await (await specs[name]!.load()).default(options, context))
    }
  } catch (error) {
    await discard().catch(() => undefined)
    throw withCode(error) ? sinkErrorOf(error, store.place) : error
  }
  return {
    writables,
    finished: () =>
      Promise.all(
        opened.map(async ({ name, file }, i): Promise<Finished> => {
          const counter = specs[name]!.count
          if (counter === undefined) return { sink: name, file, draft: drafts[i]! }
          const { default: count } = await counter()
          return { sink: name, file, draft: drafts[i]!, rows: await untilAborted(count(drafts[i]!), signal) }
        }),
      ),
    discard,
  }
}

/** An error of the file system that no sink has turned into its own. */
function withCode(error: unknown): boolean {
  return !(error instanceof TiastreamError) && typeof (error as NodeJS.ErrnoException).code === 'string'
}
