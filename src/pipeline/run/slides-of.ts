/** The slides of a plan, as its source has them now; of a shard or a task its own, or those that are named. */

import { PipelineError, SlideError } from '../../core/errors.js'
import type { SlideRef } from '../../core/slide.js'
import { didYouMean } from '../../core/text/did-you-mean.js'
import { sizeOf } from '../../readers/identify.js'
import type { Plan } from '../plan/plan-type.js'
import type { TaskSlide } from '../tasks/form.js'
import type { TakenTask } from '../tasks/take.js'
import { type Shard, shardOf } from './shard.js'

/** What of a cohort one run takes; empty: all. */
export interface Part {
  readonly shard?: Shard | undefined
  readonly task?: TakenTask | undefined
  /** Ids. */
  readonly only?: readonly string[] | undefined
}

/** `signal` ends what the source asks of a server. */
export async function* slidesOf(plan: Plan, { shard, task, only }: Part = {}, signal?: AbortSignal): AsyncGenerator<SlideRef> {
  const { environment, source, folder } = plan
  const { default: read } = await environment.sources[source.name]!.load()
  const all = read(source.options, folder, source.types, signal)
  if (task) yield* ofTask(plan, task, all)
  else if (only) yield* named(only, source.name, all)
  else for await (const ref of all) if (!shard || shardOf(ref.id, shard.count) === shard.index) yield ref
}

/** Those that stay as they are when named ones are made, again with `redo`: they must not be of other options than these. */
export async function* slidesBeside(
  plan: Plan,
  { only = [], redo = false }: Part & { readonly redo?: boolean | undefined },
): AsyncGenerator<SlideRef> {
  const again = new Set(redo ? only : [])
  for await (const ref of slidesOf(plan)) if (!again.has(ref.id)) yield ref
}

/** All are found before the first is begun: an id that is spelled wrong would be a slide left out. */
async function* named(only: readonly string[], source: string, all: AsyncIterable<SlideRef>): AsyncGenerator<SlideRef> {
  const refs: SlideRef[] = []
  for await (const ref of all) refs.push(ref)
  const [ids, wanted] = [new Set(refs.map(({ id }) => id)), new Set(only)]
  const unknown = only.find((id) => !ids.has(id))
  if (unknown !== undefined)
    throw new PipelineError('SLIDE_UNKNOWN', `${source} has no slide with the id '${unknown}'${didYouMean(unknown, ids)}`, {
      hint: 'ids are the names of the files without their endings, or the column id of the list',
    })
  yield* refs.filter(({ id }) => wanted.has(id))
}

/** The largest first, as the task names them: the last to end is then a small one. */
async function* ofTask(plan: Plan, task: TakenTask, all: AsyncIterable<SlideRef>): AsyncGenerator<SlideRef> {
  const wanted = new Set(task.slides.map(({ id }) => id))
  const found = new Map<string, SlideRef>()
  for await (const ref of all) if (wanted.has(ref.id)) found.set(ref.id, ref)
  for (const slide of task.slides) yield found.get(slide.id) ?? (await goneFrom(plan, task, slide))
}

/**
 * A slide whose file is gone fails, by name, as in any run, and the others of the task go on. Where only the pattern or the list has changed, what the
 * rows should say of it is not known.
 */
async function goneFrom({ environment, source, file }: Plan, task: TakenTask, { id, uri }: TaskSlide): Promise<SlideRef> {
  const ref: SlideRef = { kind: source.kind, id, uri, carried: {} }
  const isThere = await sizeOf(ref, environment.readers).then(
    () => true,
    (error: unknown) => {
      if (error instanceof SlideError) return false
      throw error
    },
  )
  if (!isThere) return ref
  throw new PipelineError('TASKS_DIFFER', `${task.file} names the slide ${id} (${uri}), which ${source.name} has no more`, {
    hint: 'put it back into the pattern or the list, or make the tasks again: what is done is skipped',
    at: file === undefined ? {} : { file },
  })
}
