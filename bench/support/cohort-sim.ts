/**
 * A cohort on many workers, as a simulation of discrete events: slides are pulled by whoever is free; workers are killed; what they had is free again when its lease
 * lapses, and is taken up after its last band. All times are seconds. Nothing here is measured: the numbers come from outside.
 */

export interface Cohort {
  /** Seconds of work of each slide, on a warm worker that does it alone. */
  readonly slides: readonly number[]
  readonly workers: number
  readonly order: 'largest first' | 'as listed'
  /** From the start of a worker until it can take a slide: process, threads, model. */
  readonly start: number
  /** Between two slides of a worker. */
  readonly between?: number
  readonly killed?: Killed
}

export interface Killed {
  /** How long a worker lives from its start on; `Infinity`: until the end. */
  readonly life: () => number
  /** From its end until another one starts in its place: the scheduler, a machine that boots. */
  readonly replaced: number
  /** Until the slide of a killed worker is free again. */
  readonly lease: number
  /** Work between two points that are safe: at most this much is done twice. */
  readonly band: number
  /** To take a slide up: open it, replay its journal. */
  readonly takeUp: number
}

export interface Simulated {
  /** Until the last slide is done. */
  readonly seconds: number
  /** All work ÷ workers, or the longest slide: no order of slides could end sooner. */
  readonly ideal: number
  readonly kills: number
  /** Work that was done and lost. */
  readonly lost: number
  /** Slides that had to be taken up, as often as they were. */
  readonly takenUp: number
}

interface Slide {
  left: number
  isBegun: boolean
}

interface AtWork {
  readonly slide: Slide
  readonly began: number
  /** Of that time, before work on it goes on. */
  readonly before: number
}

type Happening = { readonly at: number } & (
  | { readonly type: 'ready' | 'killed' | 'done'; readonly worker: number; readonly life: number }
  | { readonly type: 'freed'; readonly slide: Slide }
)

export function simulate({ slides, workers, order, start, between = 0, killed }: Cohort): Simulated {
  const happenings = new Earliest<Happening>(({ at }) => at)
  // Those of killed workers first: they have waited for their lease already.
  const back: Slide[] = []
  const sizes = order === 'largest first' ? slides.toSorted((a, b) => b - a) : slides
  const waiting = sizes.map((left): Slide => ({ left, isBegun: false }))
  let next = 0
  /** Which life of a worker it is: what was to happen in an earlier one does not. */
  const lives = new Array<number>(workers).fill(0)
  const atWork = new Array<AtWork | null>(workers).fill(null)
  const idle: number[] = []
  const sums = { kills: 0, lost: 0, takenUp: 0 }
  let open = slides.length
  let now = 0

  const begin = (worker: number) => {
    const life = ++lives[worker]!
    happenings.add({ type: 'ready', at: now + start, worker, life })
    const ends = killed?.life() ?? Number.POSITIVE_INFINITY
    if (ends !== Number.POSITIVE_INFINITY) happenings.add({ type: 'killed', at: now + ends, worker, life })
  }
  const take = (worker: number) => {
    const slide = back.shift() ?? waiting[next++]
    if (!slide) {
      idle.push(worker)
      return
    }
    const before = slide.isBegun ? (killed?.takeUp ?? 0) : 0
    if (slide.isBegun) sums.takenUp++
    slide.isBegun = true
    atWork[worker] = { slide, began: now, before }
    happenings.add({ type: 'done', at: now + before + slide.left, worker, life: lives[worker]! })
  }
  const end = (worker: number) => {
    sums.kills++
    const had = atWork[worker]
    atWork[worker] = null
    const at = idle.indexOf(worker)
    if (at >= 0) idle.splice(at, 1)
    if (had) {
      const worked = Math.min(had.slide.left, Math.max(0, now - had.began - had.before))
      const safe = Math.floor(worked / killed!.band) * killed!.band
      had.slide.left -= safe
      sums.lost += worked - safe
      happenings.add({ type: 'freed', at: now + killed!.lease, slide: had.slide })
    }
    lives[worker]!++
    now += killed!.replaced
    begin(worker)
    now -= killed!.replaced
  }

  for (let worker = 0; worker < workers; worker++) begin(worker)
  while (open > 0) {
    const happening = happenings.take()
    if (!happening) throw new Error('nothing is left to happen, and slides are not done')
    now = happening.at
    if (happening.type === 'freed') {
      back.push(happening.slide)
      const worker = idle.shift()
      if (worker !== undefined) take(worker)
      continue
    }
    const { type, worker, life } = happening
    if (life !== lives[worker]) continue
    if (type === 'killed') end(worker)
    else if (type === 'ready') take(worker)
    else {
      atWork[worker] = null
      if (--open === 0) break
      happenings.add({ type: 'ready', at: now + between, worker, life })
    }
  }
  const all = slides.reduce((sum, size) => sum + size, 0)
  return { seconds: now, ideal: Math.max(all / workers, ...largest(slides)), ...sums }
}

const largest = (slides: readonly number[]): number[] => [slides.reduce((most, size) => Math.max(most, size), 0)]

/** The time to the end where each slide belongs to one worker beforehand. */
export function shared(slides: readonly number[], workers: number, workerOf: (slide: number) => number): number {
  const sums = new Array<number>(workers).fill(0)
  for (const [i, size] of slides.entries()) sums[workerOf(i)]! += size
  return sums.reduce((most, sum) => Math.max(most, sum), 0)
}

/** A heap: the earliest first, of equal times the one that was added first. */
class Earliest<T> {
  readonly #items: { readonly item: T; readonly at: number; readonly order: number }[] = []
  #added = 0

  constructor(private readonly timeOf: (item: T) => number) {}

  add(item: T): void {
    const items = this.#items
    items.push({ item, at: this.timeOf(item), order: this.#added++ })
    for (let i = items.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!this.#isBefore(i, parent)) break
      this.#swap(i, parent)
      i = parent
    }
  }

  take(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (!first || !last || items.length === 0) return first?.item
    items[0] = last
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2]
      let least = i
      if (left < items.length && this.#isBefore(left, least)) least = left
      if (right < items.length && this.#isBefore(right, least)) least = right
      if (least === i) return first.item
      this.#swap(i, least)
      i = least
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#items[a]!, this.#items[b]!]
    return x.at < y.at || (x.at === y.at && x.order < y.order)
  }

  #swap(a: number, b: number): void {
    const items = this.#items
    const held = items[a]!
    items[a] = items[b]!
    items[b] = held
  }
}

/** Numbers from 0 to 1 out of a seed, the same everywhere. (Mulberry32.) */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Sizes whose logarithms are normal: half of them are below the median, and with `sigma` 0.8 one in a hundred is 6.4 times as large. */
export function lognormal(count: number, median: number, sigma: number, random: () => number): number[] {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Array.from({ length: count }, () => median * Math.exp(sigma * normal()))
}

/** How long a worker lives when this share of all is killed every hour, whoever it is. */
export function lifeOf(shareAnHour: number, random: () => number): () => number {
  const rate = -Math.log(1 - shareAnHour) / 3600
  return () => -Math.log(1 - random()) / rate
}
