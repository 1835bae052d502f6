/**
 * Reads pictures out of a tile store: chooses the level, gathers the tiles that all requests need, pastes them straight into the
 * pictures that want them unchanged, and resamples the others. Holds `scratchBytes` of level pixels; a larger picture is shrunk row by row.
 */

import { SlideError } from '../core/errors.js'
import type { Level, ReadCounts, ReadOptions, ReadRequest, Resampling } from '../core/slide.js'
import { everyTurn } from '../flow/turn.js'
import { AreaStream } from '../geometry/area-stream.js'
import { pixelMemory } from '../geometry/pixel-memory.js'
import type { Size } from '../geometry/region.js'
import { type ResampleKind, resizePart, resizing } from '../geometry/resample.js'
import { moveAsOpenSlide, onWhite } from './as-openslide.js'
import type { ByteSource } from './byte-source.js'
import { insideOf, isCopy, kindOf, type LevelBox, levelBox, rgbBytesOf, sourceBox } from './level-box.js'
import type { Limits } from './limits.js'
import { mustBeReadable } from './read-request.js'
import { smallerBox } from './smaller.js'
import { ownLevels, type TileStore } from './store.js'
import { type TileKey, TileLoader } from './tile-loader.js'
import { type Job, TilePainter } from './tile-painter.js'
import { Tilings } from './tiling.js'

/** What looking for a tile costs, in bytes copied. */
const workOfTile = 1024

export interface ReaderOptions {
  readonly uri: string
  readonly cacheBytes: number
  readonly limits: Limits
}

export class PictureReader {
  readonly #store: TileStore
  /** Without those that are made of others. */
  readonly #levels: readonly Level[]
  readonly #tilings: Tilings
  readonly #loader: TileLoader
  readonly #painter: TilePainter
  readonly #uri: string
  readonly #limits: Limits
  #scratch: Uint8Array = new Uint8Array(0)
  /** Blank and cached tiles are at hand without any waiting: then nothing but this lets signals be heard. */
  readonly #turn = everyTurn()

  constructor(store: TileStore, source: ByteSource | null, { uri, cacheBytes, limits }: ReaderOptions) {
    this.#store = store
    this.#levels = ownLevels(store)
    this.#uri = uri
    this.#limits = limits
    this.#tilings = new Tilings(store)
    this.#loader = new TileLoader(store, this.#tilings, source, uri, cacheBytes)
    this.#painter = new TilePainter(store.levels, this.#tilings, this.#loader, limits.scratchBytes)
  }

  counts(): ReadCounts {
    return { ...this.#loader.counts }
  }

  touched(): readonly Uint8Array[] {
    return this.#loader.touched()
  }

  close(): void {
    this.#loader.close()
    pixelMemory.give(this.#scratch)
    this.#scratch = new Uint8Array(0)
  }

  async read(requests: readonly ReadRequest[], out: readonly Uint8Array[], options: ReadOptions): Promise<(SlideError | null)[]> {
    if (options.keepBelow !== undefined) this.#loader.keepBelow(options.keepBelow)
    const answers: (SlideError | null)[] = requests.map(() => null)
    let group: { at: number; box: LevelBox }[] = []
    let held = 0
    const flush = async () => {
      await this.#readGroup(group, requests, out, answers, options)
      group = []
      held = 0
    }
    for (const [at, request] of requests.entries()) {
      mustBeReadable(request, out[at], this.#levels, this.#uri)
      let box = levelBox(request, this.#levels, options.resampling)
      if (!this.#tilings.isReady(box.level)) await this.#tilings.prepare(box.level, options.signal)
      if (this.#store.smaller !== undefined) {
        box = this.#smallerBox(box, request, options.resampling)
        if (!this.#tilings.isReady(box.level)) await this.#tilings.prepare(box.level, options.signal)
      }
      const bytes = isCopy(box, request) ? 0 : rgbBytesOf(box)
      if (bytes > this.#limits.scratchBytes) {
        answers[at] = await this.#readLarge(box, request, out[at]!, options)
        continue
      }
      if (held + bytes > this.#limits.scratchBytes) await flush()
      group.push({ at, box })
      held += bytes
    }
    await flush()
    return answers
  }

  /** Fetches what these pictures need and is not here yet, of a source far away; they need not be read then. */
  async ahead(requests: readonly ReadRequest[], resampling?: Resampling): Promise<void> {
    const tiles = new Map<string, TileKey>()
    for (const request of requests) {
      const own = levelBox(request, this.#levels, resampling)
      if (!this.#tilings.isReady(own.level)) await this.#tilings.prepare(own.level)
      const box = sourceBox(this.#smallerBox(own, request, resampling))
      if (box.width * box.height * 3 > this.#limits.scratchBytes) continue
      const { level } = box
      if (!this.#tilings.isReady(level)) await this.#tilings.prepare(level)
      for (const index of this.#tilings.of(level).tilesIn(box)) tiles.set(`${level} ${index}`, { level, index })
    }
    this.#loader.ahead([...tiles.values()])
  }

  /** The box in a smaller level, where there is one; never as TIAToolbox, which shrinks in its own way. Its level is prepared. */
  #smallerBox(box: LevelBox, request: ReadRequest, resampling: Resampling = 'exact'): LevelBox {
    if (resampling !== 'exact' || this.#tilings.of(box.level).overlaps) return box
    return smallerBox(box, request, this.#store, this.#limits.scratchBytes)
  }

  async #readGroup(
    group: readonly { at: number; box: LevelBox }[],
    requests: readonly ReadRequest[],
    out: readonly Uint8Array[],
    answers: (SlideError | null)[],
    options: ReadOptions,
  ): Promise<void> {
    const { signal, resampling = 'exact' } = options
    const held = await this.#painter.hold(
      group.map(({ box }) => sourceBox(box)),
      signal,
    )
    if (held === null) return this.#readApart(group, requests, out, answers, options)
    await this.#pause(held.count * workOfTile, signal)
    for (const { at, box } of group) {
      const request = requests[at]!
      const bytes = rgbBytesOf(box)
      const copies = isCopy(box, request)
      // Through memory in which rows are copied quickly, and which is at hand: faster than where nobody has looked for long. A whole tile is one copy.
      const room = copies && held.isOne(box) ? out[at]! : this.#scratchOf(bytes).subarray(0, bytes)
      const pixels = copies && !pixelMemory.holds(room) ? out[at]! : room
      const error = held.paint(sourceBox(box), pixels)
      answers[at] = error
      if (error === null && !copies)
        await this.#inTurns(this.#resizing(pixels, box, out[at]!, request, kindOf(box, request, resampling)), signal)
      else if (error === null && pixels !== out[at]) out[at]!.set(pixels)
      await this.#pause(bytes, signal)
    }
  }

  /** The same where tiles are so many that they are pasted into all pictures as they come. */
  async #readApart(
    group: readonly { at: number; box: LevelBox }[],
    requests: readonly ReadRequest[],
    out: readonly Uint8Array[],
    answers: (SlideError | null)[],
    { signal, resampling = 'exact' }: ReadOptions,
  ): Promise<void> {
    let total = 0
    for (const { at, box } of group) if (!isCopy(box, requests[at]!)) total += rgbBytesOf(box)
    const scratch = this.#scratchOf(total)
    let used = 0
    const jobs = group.map(({ at, box }): Job => {
      if (isCopy(box, requests[at]!)) return { box, pixels: out[at]!, error: null }
      const from = used
      used += rgbBytesOf(box)
      return { box: sourceBox(box), pixels: scratch.subarray(from, used), error: null }
    })
    await this.#fill(jobs, signal)
    for (const [i, { at, box }] of group.entries()) {
      const { error, pixels } = jobs[i]!
      const request = requests[at]!
      answers[at] = error
      if (error === null && !isCopy(box, request)) {
        await this.#inTurns(this.#resizing(pixels, box, out[at]!, request, kindOf(box, request, resampling)), signal)
      }
    }
  }

  /** A picture that needs more level pixels than we hold: in bands of tile rows when it is shrunk by area, else whole or not at all. */
  async #readLarge(box: LevelBox, request: ReadRequest, out: Uint8Array, options: ReadOptions): Promise<SlideError | null> {
    const { signal, resampling = 'exact' } = options
    const kind = kindOf(box, request, resampling)
    const most = this.#limits.picturePixels
    const inBands = box.moved === undefined && kind === 'area' && box.width >= request.width && box.height >= request.height
    const part = inBands ? insideOf(box, this.#store.levels[box.level]!, request) : { x: 0, y: 0, width: box.width, height: box.height }
    const rows = inBands ? this.#bandOf(box.level, part) : box.height
    if (rows * part.width > most) {
      return new SlideError(
        'SLIDE_TOO_LARGE',
        `${this.#uri}: a picture needs ${part.width} x ${rows} pixels of level ${box.level} at once, more than ${most}`,
        {
          hint: 'ask for smaller patches, or use a slide with coarser levels',
        },
      )
    }
    if (!inBands) {
      const job: Job = { box: sourceBox(box), pixels: new Uint8Array(rgbBytesOf(box)), error: null }
      await this.#fill([job], signal)
      if (job.error === null) await this.#inTurns(this.#resizing(job.pixels, box, out, request, kind), signal)
      return job.error
    }
    const stream = new AreaStream(box, request, 3, part)
    const pixels = this.#scratchOf(rows * part.width * 3)
    // The first band ends at a tile's edge, so that no tile is needed twice.
    const level = this.#store.levels[box.level]!
    const [left, top] = [box.x + part.x, box.y + part.y]
    const shown: LevelBox = { level: box.level, x: left, y: top, width: part.width, height: part.height }
    // Where nothing lies inside, all is white, and no row is pushed.
    if (part.height === 0) stream.push(pixels, 0, out)
    for (let y = top; y < top + part.height; ) {
      const white = Math.min(this.#whiteRows(shown, y), top + part.height - y)
      if (white > 0) {
        stream.pushWhite(white, out)
        await this.#pause((level.width / level.tile.width) * workOfTile, signal)
        y += white
        continue
      }
      const height = Math.min(rows, Math.max(1, this.#tilings.of(box.level).rowsAt(y)), top + part.height - y)
      const job: Job = { box: { ...shown, y, height }, pixels: pixels.subarray(0, height * part.width * 3), error: null }
      await this.#fill([job], signal)
      if (job.error !== null) return job.error
      const began = performance.now()
      stream.push(job.pixels, height, out)
      this.#loader.counts.resampleMs += performance.now() - began
      y += height
    }
    return null
  }

  /** Pictures may be large, or many: between two pieces others have their turn. */
  async #inTurns(pieces: Generator<number, void>, signal?: AbortSignal): Promise<void> {
    for (;;) {
      const began = performance.now()
      const piece = pieces.next()
      this.#loader.counts.resampleMs += performance.now() - began
      if (piece.done) return
      await this.#pause(piece.value, signal)
    }
  }

  *#resizing(pixels: Uint8Array, box: LevelBox, out: Uint8Array, size: Size, kind: ResampleKind): Generator<number, void> {
    if (box.part !== undefined) {
      resizePart(pixels, box, out, size, box.part)
      yield pixels.length
      return
    }
    const moved = box.moved && moveAsOpenSlide(pixels, box.moved, this.#store.levels[box.level]!)
    if (moved?.channels === 4) {
      const clear = new Uint8Array(size.width * size.height * 4)
      yield* resizing(moved.data, box, clear, size, kind, 4)
      onWhite(clear, out)
    } else yield* resizing(moved?.data ?? pixels, box, out, size, kind)
  }

  /** Rows from `y` on that are white all along: above or below the level, or where no tile lies or blank ones only. */
  #whiteRows({ level: index, x, width }: LevelBox, y: number): number {
    const level = this.#store.levels[index]!
    if (y < 0) return -y
    if (y >= level.height || x >= level.width || x + width <= 0) return Infinity
    return this.#tilings.whiteRows(index, x, width, y)
  }

  /** Rows of a level from `y` on that are white all along; waits where it is not known yet what lies where. */
  async blankRows(index: number, y: number): Promise<number> {
    if (!this.#tilings.isReady(index)) await this.#tilings.prepare(index)
    const { width, height } = this.#store.levels[index]!
    let end = y
    for (let white = 1; white > 0 && end < height; end += white) white = this.#tilings.whiteRows(index, 0, width, end)
    return end - y
  }

  #bandOf(level: number, { width, height }: Size): number {
    const tile = this.#store.levels[level]!.tile.height
    return Math.min(height, tile, Math.max(1, Math.floor(this.#limits.picturePixels / Math.max(1, width))))
  }

  async #fill(jobs: readonly Job[], signal?: AbortSignal): Promise<void> {
    const tiles = await this.#painter.fill(jobs, signal)
    await this.#pause(
      jobs.reduce((sum, { pixels }) => sum + pixels.length, tiles * workOfTile),
      signal,
    )
  }

  /** So much was done: others have their turn, where it is time. */
  async #pause(work: number, signal?: AbortSignal): Promise<void> {
    await this.#turn(work)
    signal?.throwIfAborted()
  }

  #scratchOf(bytes: number): Uint8Array {
    if (bytes <= this.#scratch.length) return this.#scratch
    if (bytes > this.#limits.scratchBytes) return new Uint8Array(bytes)
    pixelMemory.give(this.#scratch)
    this.#scratch = pixelMemory.take(bytes)
    return this.#scratch
  }
}
