/**
 * Patches for calibration: some of those that a pipeline would ask its model about, spread over its slides, as plain RGB bytes. The same
 * pipeline gives the same patches. Few slides are opened, and of a slide no more addresses are held than are wanted.
 */

import { PipelineError } from '../../core/errors.js'
import type { Items, Patch, PatchImage } from '../../core/items.js'
import type { Model } from '../../core/model.js'
import { providedIn } from '../../core/roles.js'
import type { Slide, SlideRef } from '../../core/slide.js'
import type { PlanContext, StageContext } from '../../core/stage.js'
import { openModel } from '../../models/session/open.js'
import { mainCacheBytes } from '../../pipeline/plan/cache-bytes.js'
import type { Plan, PlannedStage } from '../../pipeline/plan/plan-type.js'
import { chain, loadStages, streamOf } from '../../pipeline/run/chain.js'
import { openWith } from '../../readers/open-with.js'
import { drawnFrom, numbersFrom } from './chance.js'
import type { Sample } from './parts.js'

export interface SampledPatches {
  readonly samples: readonly Sample[]
  readonly slides: number
}

/** More slides are not opened: a mask of each is made. */
const mostSlides = 16

/** At most `count` pictures of `size`, shuffled. Throws PipelineError when patches have another size, and what the stages throw. */
export async function samplePatches(plan: Plan, count: number, size: readonly [number, number]): Promise<SampledPatches> {
  const random = numbersFrom(1)
  const { default: read } = await plan.environment.sources[plan.source.name]!.load()
  const refs = await drawnFrom<SlideRef>(read(plan.source.options, plan.folder), mostSlides, random)
  const each = Math.ceil(count / Math.max(1, refs.length))
  const models: Record<string, Model> = {}
  const samples: Sample[] = []
  try {
    for (const ref of refs) {
      const slide = await openWith(plan.environment.readers, ref, { cacheBytes: 4 * mainCacheBytes })
      try {
        const ctx = await contextOf(plan, slide, models)
        for await (const image of imagesOf(plan, ctx, each, random)) samples.push({ data: pixelsOf(image, size, plan), origin: ref.uri })
      } finally {
        await slide.close()
      }
    }
  } finally {
    for (const model of Object.values(models)) await model.close()
  }
  return { samples: shuffled(samples, random).slice(0, count), slides: refs.length }
}

async function contextOf(plan: Plan, slide: Slide, models: Record<string, Model>): Promise<StageContext> {
  for (const { placement, options } of plan.stages) {
    const card = placement === 'address' && typeof options.model === 'string' ? plan.cards[options.model] : undefined
    if (card) models[String(options.model)] ??= await openModel(card, { devices: ['cpu'] })
  }
  const model = (name: string) => models[name]!
  return { slide, model, signal: new AbortController().signal, tell: () => undefined, folder: plan.folder }
}

/** Addresses first, then the pixels of some of them. */
async function* imagesOf(plan: Plan, ctx: StageContext, count: number, random: () => number): AsyncGenerator<PatchImage> {
  const addresses = await loadStages(
    plan.stages.filter(({ placement }) => placement === 'address'),
    plan.environment.work,
  )
  const patches = chain<'patch'>(addresses, streamOf<Items['slide']>([ctx.slide]), ctx)
  const picked = (await drawnFrom<Patch>(patches, count, random)).toSorted((a, b) => a.index - b.index)
  const readers = await loadStages(
    plan.stages.filter(({ name }) => plan.environment.stages[name]!.to === 'image').map((stage) => unasked(stage, plan)),
    plan.environment.work,
  )
  yield* chain<'image'>(readers, streamOf(picked), ctx)
}

/** As it would read where no model is asked: the patch itself, and grey levels as they are, for another model will look at them. */
function unasked(stage: PlannedStage, { environment, source: { kind }, stages, cards }: Plan): PlannedStage {
  const context: PlanContext = {
    kind,
    card: (name) => cards[name]!,
    provided: (role) => (role === 'answers' ? [] : providedIn(stages, role)),
  }
  return { ...stage, options: environment.stages[stage.name]!.complete?.(stage.options, context) ?? stage.options }
}

function pixelsOf({ pixels, patch, status, error }: PatchImage, [width, height]: readonly [number, number], plan: Plan): Uint8Array {
  const [data] = pixels
  if (status === 'ok' && data?.length === width * height * 3) return data
  const has = `${patch.bounds[2] - patch.bounds[0]} × ${patch.bounds[3] - patch.bounds[1]} px`
  throw status === 'ok'
    ? new PipelineError('SHAPE_MISMATCH', `${plan.file} cuts patches of ${has}, the model takes ${width} × ${height} px`, {
        hint: 'calibrate with the grid that the model will be used with: grid: { like: … }',
      })
    : new PipelineError('PATCH_UNREADABLE', `patch ${patch.index} of ${patch.slide} cannot be read: ${error ?? 'no pixels'}`, {
        hint: 'calibrate on slides that can be read',
      })
}

function shuffled<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const held = items[i]!
    items[i] = items[j]!
    items[j] = held
  }
  return items
}
