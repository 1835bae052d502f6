/** The stream of one slide: grid and mask here, pixels and answers in the lanes, rows in order here again, to wherever they go. */

import type { Batch } from '../../core/batch.js'
import { batchIn } from '../../core/batches/batch-bytes.js'
import { lend } from '../../core/batches/lent.js'
import { isWithoutAnswer } from '../../core/items.js'
import { ownerOf } from '../../core/owners.js'
import type { Column } from '../../core/row.js'
import type { Slide, SlideInfo, SlideRef } from '../../core/slide.js'
import type { StageContext } from '../../core/stage.js'
import { tee } from '../../flow/tee.js'
import type { Mask } from '../../geometry/coverage.js'
import { openWith } from '../../readers/open-with.js'
import { type Block, bandsOf } from '../plan/bands.js'
import { batchSizeOf } from '../plan/batch-size.js'
import { mainCacheBytes } from '../plan/cache-bytes.js'
import type { PlannedStage, Segment } from '../plan/plan-type.js'
import type { Finished } from '../store/commit.js'
import type { SlideMeasures } from '../store/receipts.js'
import type { Journal } from '../store/result-store.js'
import { chain, chainOfLists, loadStages, streamOf } from './chain.js'
import { ClassCount } from './class-count.js'
import { distinct } from './distinct.js'
import { DrawnClasses } from './drawn-class.js'
import { type Evidence, mustBeSame } from './evidence.js'
import type { SlideHelp } from './helpers.js'
import { inOrder } from './in-order.js'
import { mergedRows } from './merged-rows.js'
import { Progress } from './progress.js'
import type { SlideRun } from './run-context.js'
import type { OpenSinks, SinkInput } from './sink-files.js'
import type { Tally } from './tally.js'

export interface SlideFlow {
  readonly finished: readonly Finished[]
  readonly rows: number
  readonly unreadable: number
  readonly unanswered: number
  /** Patches that the lanes were asked about. */
  readonly asked: number
}

/** Where the rows of a slide go. */
export interface Outlet {
  readonly journal: Journal
  open(input: SinkInput): Promise<OpenSinks>
}

export interface FlowAsked {
  readonly ref: SlideRef
  readonly evidence: Evidence
  readonly run: SlideRun
  readonly outlet: Outlet
  readonly tally: Tally
}

export async function flowSlide(asked: FlowAsked): Promise<SlideFlow> {
  const { ref, evidence, run, tally } = asked
  // Ends this slide's jobs when any part of it fails, without touching the other slides.
  const own = new AbortController()
  const signal = AbortSignal.any([run.signal, own.signal])
  const slide = await openWith(run.plan.environment.readers, ref, {
    cacheBytes: mainCacheBytes,
    signal,
    identity: evidence.identity,
    share: true,
  })
  // Its blocks come after it in every lane, so nobody waits for it.
  run.crew.open(ref.id, ref, evidence.identity, slide.known).catch((error: unknown) => own.abort(error))
  const help = run.crew.helpers.for(ref, evidence.identity, slide.known, signal)
  const [flowed] = await Promise.allSettled([flowOpened({ ...asked, slide, help, signal })])
  if (flowed.status === 'rejected') own.abort(flowed.reason)
  tally.read('overview', slide.counts())
  // Both are closed, whatever else fails; and what failed first is told.
  const threads = (run.leaving ?? run.signal).aborted ? [] : [tallyLanes(ref, run, tally), tallyHelp(help, tally)]
  const closed = await Promise.allSettled([...threads, slide.close()])
  for (const end of [flowed, ...closed]) if (end.status === 'rejected') throw end.reason
  return (flowed as PromiseFulfilledResult<SlideFlow>).value
}

interface OpenedSlide extends FlowAsked {
  readonly slide: Slide
  readonly help: SlideHelp
  /** Of this slide alone. */
  readonly signal: AbortSignal
}

async function flowOpened({ slide, help, evidence, run, signal, outlet, tally }: OpenedSlide): Promise<SlideFlow> {
  const { plan, crew, tell } = run
  const { ref } = slide
  const { journal } = outlet
  const { work } = plan.environment
  for (const message of slide.info.warnings) tally.tell({ type: 'warning', code: 'SLIDE_ODD', message })
  const { decode } = plan.provenance
  if (decode !== undefined) tally.about.decode = decode
  if (decode === 'fast' && !slide.decodesFast) {
    const message = `decode: fast makes no difference: ${ref.id} is ${slide.info.compression}, which is decoded exactly`
    tally.tell({ type: 'warning', code: 'DECODED_EXACTLY', message })
  }
  const { before, rest } = stagesOnMain(crew.segments)
  let mask: Mask | null | undefined
  const showMask = (made: Mask | null) => {
    mask = made
  }
  const model = (name: string) => crew.helpers.model(ref.id, name, signal)
  const maskApart = (options: object) => help.mask(options, plan.folder, tally.tell)
  const ctx: StageContext = { slide, model, signal, tell: tally.tell, folder: plan.folder, maskApart, showMask }
  tally.about.info = measuresOf(slide.info)
  tell({ type: 'slide.opened', slide: ref.id, width: slide.info.width, height: slide.info.height })
  if (journal.through > 0) tell({ type: 'slide.resumed', slide: ref.id, patches: journal.through, rows: journal.rows })
  const sinks = await outlet.open({ slide, signal, mask: () => mask, help })
  try {
    let asked = 0
    const without = { unreadable: 0, unanswered: 0 }
    const progress = new Progress(ref.id, journal.through, () => tally.counts['grid.patches'], tell)
    const ask = async (block: Block) => {
      asked += block.ordinals.length
      const { rows, told } = await crew.ask(ref, block, signal)
      for (const event of told) tally.tell(event)
      progress.answered(block.ordinals.length)
      return batchIn(plan.mergedColumns, rows)
    }
    const kept = chainOfLists<'patch'>(await loadStages(before, work), streamOf([slide]), ctx)
    const bands = bandsOf(kept, { lanes: crew.lanes, batch: batchSizeOf(plan.stages), first: journal.through, saw: progress.saw })
    const answered = inOrder(bands, ask, {
      bands: crew.lanes,
      first: journal.through,
      columns: plan.mergedColumns,
      signal,
      waited: (ms) => crew.usage.merged(ms),
    })
    const watched = async function* (batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
      for await (const batch of batches) {
        for (const [status, rows] of statusesIn(plan.mergedColumns, batch)) if (isWithoutAnswer(status)) without[status] += rows
        progress.made(batch.length)
        yield batch
      }
    }
    let since = performance.now()
    const isSafe = (rows: number, patches: number) => {
      const now = performance.now()
      tell({ type: 'slide.band', slide: ref.id, rows, patches, seconds: (now - since) / 1000 })
      since = now
    }
    const merged = watched(mergedRows(answered, journal, isSafe))
    let rows = 0
    const classes = new ClassCount(plan.columns, plan.provenance)
    // As the model gives them, class and probabilities are one.
    const drawn = rest.length > 0 ? new DrawnClasses(plan) : null
    const counted = async function* () {
      for await (const batch of chain<'rows'>(await loadStages(rest, work), merged, ctx)) {
        rows += batch.length
        classes.add(batch)
        for (const said of drawn?.apart(batch) ?? [])
          tally.tell({ type: 'warning', code: 'ROWS_CLASS', message: `rows of ${ref.id} ${said}` })
        // A stage that shapes rows may have kept what it was given.
        if (rest.length === 0) lend(batch, sinks.writables.length)
        yield batch
      }
    }
    await tee(counted(), sinks.writables, signal)
    progress.end()
    tally.about.models = classes.models
    const finished = await sinks.finished()
    tell({ type: 'slide.written', slide: ref.id, rows })
    // The last look before the commit.
    await mustBeSame(evidence, ref, plan, signal)
    return { finished, rows, ...without, asked }
  } catch (error) {
    // What is left behind is removed by the next run, too.
    await sinks.discard().catch(() => undefined)
    throw error
  }
}

const measuresOf = ({ kind, vendor, width, height, mpp, power }: SlideInfo): SlideMeasures => ({
  ...{ kind, vendor, width, height },
  ...(mpp ? { mpp: { x: mpp.x, y: mpp.y } } : {}),
  ...(power === undefined ? {} : { power }),
})

/** Rows are safe by now: a thread that ends while it closes the slide costs its counts only. */
async function tallyLanes(ref: SlideRef, { crew }: SlideRun, tally: Tally): Promise<void> {
  const closed = await crew.closeSlide(ref.id).catch((error: unknown) => {
    if (ownerOf(error) === 'run') throw error
    tally.tell({ type: 'warning', code: 'COUNTS_LOST', message: `a thread ended while it closed ${ref.id}: its counts are not complete` })
    return []
  })
  for (const { counts } of closed) {
    if (counts) tally.read('lanes', counts)
  }
  tally.count('lanes.tilesTouched', distinct(closed.map(({ touched }) => touched)))
}

/** A helper that ended costs its counts only. */
async function tallyHelp(help: SlideHelp, tally: Tally): Promise<void> {
  for (const counts of await help.close().catch(() => [])) tally.read('overview', counts)
}

/** The stages of the main thread: up to the kept patches, and those that shape rows. */
function stagesOnMain(segments: readonly Segment[]) {
  const before: PlannedStage[] = []
  const rest: PlannedStage[] = []
  for (const { where, stages } of segments) {
    if (where === 'main') for (const stage of stages) (stage.to === 'patch' ? before : rest).push(stage)
  }
  return { before, rest }
}

/** How many rows of a batch have each status. */
function statusesIn(columns: readonly Column[], { columns: data }: Batch): ReadonlyMap<string, number> {
  const rows = new Map<string, number>()
  const status = data[columns.findIndex(({ name }) => name === 'status')]
  if (status?.type === 'category') {
    for (const code of status.codes) rows.set(status.words[code]!, (rows.get(status.words[code]!) ?? 0) + 1)
  }
  return rows
}
