/** The stream of one slide: grid and mask here, pixels and answers in the lanes, rows in order here again, into every sink. */

import type { Row } from '../core/row.js'
import type { SlideRef } from '../core/slide.js'
import type { StageContext } from '../core/stage.js'
import { tee } from '../flow/tee.js'
import type { Mask } from '../geometry/coverage.js'
import { openSlide } from '../readers/open.js'
import { type Block, bandsOf } from './bands.js'
import { batchSizeOf } from './batch-size.js'
import { chain, loadStages, streamOf } from './chain.js'
import type { Finished } from './commit.js'
import { distinct } from './distinct.js'
import { inOrder } from './in-order.js'
import type { Journal } from './journal.js'
import { mainCacheBytes } from './memory.js'
import { mergedRows } from './merged-rows.js'
import type { PlannedStage, Segment } from './plan-type.js'
import { openSinks } from './sink-files.js'
import type { SlideRun } from './slide-run.js'
import type { Tally } from './tally.js'

/** Milliseconds between two words of progress. */
const progressEvery = 200

export interface SlideFlow {
  readonly finished: readonly Finished[]
  readonly rows: number
  readonly unreadable: number
  readonly unanswered: number
  /** Patches that the lanes were asked about. */
  readonly asked: number
}

export async function flowSlide(ref: SlideRef, run: SlideRun, journal: Journal, tally: Tally): Promise<SlideFlow> {
  const { plan, crew, tell } = run
  // Ends this slide's jobs when any part of it fails, without touching the other slides.
  const own = new AbortController()
  const signal = AbortSignal.any([run.signal, own.signal])
  const slide = await openSlide(ref, { decode: 'exact', cacheBytes: mainCacheBytes, signal })
  try {
    for (const message of slide.info.warnings) tally.tell({ type: 'warning', code: 'SLIDE_ODD', message })
    const { before, merge, rest } = stagesOnMain(crew.segments)
    let mask: Mask | undefined
    const showMask = (made: Mask) => {
      mask = made
    }
    const model = (name: string) => crew.model(ref.id, name, signal)
    const ctx: StageContext = { slide, model, signal, tell: tally.tell, folder: plan.folder, showMask }
    await crew.open(ref.id, ref)
    if (journal.through > 0) tell({ type: 'slide.resumed', slide: ref.id, patches: journal.through, rows: journal.rows })
    const sinks = await openSinks(plan, slide, signal, () => mask)
    try {
      let asked = 0
      let inferred = 0
      let unreadable = 0
      let unanswered = 0
      let patches = 0
      let share = 0
      let told = 0
      /** Also between rows: a band of hundreds of patches may be long in work before its first row comes out. */
      const progress = () => {
        const now = performance.now()
        if (now - told <= progressEvery) return
        told = now
        tell({ type: 'slide.progress', slide: ref.id, share, patches, inferred })
      }
      const ask = async ({ lane, patches }: Block) => {
        asked += patches.length
        const { batches, told: events } = await crew.ask(ref.id, { lane, patches }, signal)
        inferred += patches.length
        for (const event of events) tally.tell(event)
        progress()
        return batches
      }
      const kept = chain<'patch'>(await loadStages(before), streamOf([slide]), ctx)
      const bands = bandsOf(kept, { lanes: crew.lanes, batch: batchSizeOf(plan.stages), first: journal.through })
      const answered = inOrder(bands, ask, { bands: crew.lanes, first: journal.through, signal })
      const watched = async function* (rows: AsyncIterable<Row>): AsyncGenerator<Row> {
        for await (const row of rows) {
          patches++
          if (row.status === 'unreadable') unreadable++
          if (row.status === 'unanswered') unanswered++
          yield row
          const total = tally.counts['grid.patches']
          share = total === undefined || typeof row.index !== 'number' ? 0 : (row.index + 1) / total
          progress()
        }
      }
      const [mergeStage] = await loadStages([merge])
      const merged = watched(mergedRows(answered, mergeStage as never, ctx, journal))
      const rows = await tee(chain<'row'>(await loadStages(rest), merged, ctx), sinks.writables, signal)
      return { finished: await sinks.finished(), rows, unreadable, unanswered, asked }
    } catch (error) {
      await sinks.discard()
      throw error
    }
  } catch (error) {
    own.abort(error)
    throw error
  } finally {
    if (!run.signal.aborted) await tallyLanes(ref, run, tally)
    tally.read('overview', slide.counts())
    await slide.close()
  }
}

async function tallyLanes(ref: SlideRef, { crew }: SlideRun, tally: Tally): Promise<void> {
  const closed = await crew.closeSlide(ref.id)
  for (const { counts } of closed) {
    if (counts) tally.read('lanes', counts)
  }
  tally.count('lanes.tilesTouched', distinct(closed.map(({ touched }) => touched)))
}

/** The stages of the main thread: up to the kept patches, the one that makes rows, and those that shape them. */
function stagesOnMain(segments: readonly Segment[]) {
  const before: PlannedStage[] = []
  const rows: PlannedStage[] = []
  for (const { where, stages } of segments) {
    if (where === 'main') for (const stage of stages) (stage.to === 'patch' ? before : rows).push(stage)
  }
  const [merge, ...rest] = rows
  return { before, merge: merge!, rest }
}
