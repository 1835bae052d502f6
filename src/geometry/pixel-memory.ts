/**
 * Memory of this thread in which pixels are moved by WebAssembly: of a row that is copied by JavaScript three quarters of the time are the call
 * (bench/NOTES.md). Its pages cost nothing until something is written there. Where it has no place left, or there is no such memory, pixels lie
 * elsewhere, and are moved by JavaScript.
 */

import { importing, instanceOf, memoryOf, type WasmMemory } from './webassembly.js'

/** What a thread may hold of it: the decoded tiles of two slides, and as many pixels that are made of them. */
const mostBytes = 128 * 2 ** 20

/** Places begin at the lines of a cache, so that none shares one with another. */
const line = 64

/** What kernels may read beyond what they are given. */
const slack = 64

/** What `wat2wasm` makes of `rows-fast.wat`; a test compares. */
export const kernelBytes =
  'AGFzbQEAAAABCgFgBn9/f39/fwACEgEGcGl4ZWxzBm1lbW9yeQIAAQMCAQAHDAEIY29weVJvd3MAAAooASYAA0AgAiAAIAT8CgAAIAAgAWohACACIANqIQIgBUEBayIFDQALCw=='

interface Mover {
  readonly copyRows: (from: number, fromStride: number, to: number, toStride: number, bytes: number, rows: number) => void
}

/** Where some bytes of a view begin, and how far its rows lie from each other. */
export interface RowsAt {
  readonly at: number
  readonly stride: number
}

/** A free stretch. */
interface Gap {
  start: number
  end: number
}

export class PixelMemory {
  readonly #most: number
  /** Undefined: not asked for yet. Null: not to be had. */
  #memory: WasmMemory | null | undefined
  #mover: Mover | null = null
  /** By their place. */
  #gaps: Gap[] = []
  readonly #taken = new Set<Uint8Array>()

  constructor(most = mostBytes) {
    this.#most = most
  }

  /** A buffer of so many bytes, not cleared, in this memory where it can be. It is its owner's until `give`. */
  take(bytes: number): Uint8Array {
    const memory = this.#opened()
    const length = Math.ceil(bytes / line) * line
    const at = memory === null || bytes === 0 ? -1 : this.#gaps.findIndex(({ start, end }) => end - start >= length)
    if (at < 0) return new Uint8Array(bytes)
    const gap = this.#gaps[at]!
    const { start } = gap
    if (gap.end - start === length) this.#gaps.splice(at, 1)
    else gap.start += length
    const view = new Uint8Array(memory!.buffer, start, bytes)
    this.#taken.add(view)
    return view
  }

  /** Its bytes may be somebody else's from now on. Of one that was not taken here, or was given before, nothing happens. */
  give(view: Uint8Array): void {
    if (!this.#taken.delete(view)) return
    const start = view.byteOffset
    this.#free({ start, end: start + Math.ceil(view.length / line) * line })
  }

  holds(view: Uint8Array): boolean {
    return view.buffer === this.#memory?.buffer
  }

  /** For a module that works on what lies in it; asked where something does. */
  imports(): object {
    return importing(this.#memory!)
  }

  /** Copies `bytes` of each of some rows and answers true; answers false where one of both lies elsewhere, or the rows do not lie inside of them. */
  copyRows(data: Uint8Array, from: RowsAt, out: Uint8Array, to: RowsAt, bytes: number, rows: number): boolean {
    const buffer = this.#memory?.buffer
    if (buffer === undefined || data.buffer !== buffer || out.buffer !== buffer || rows < 1) return false
    const isInside = (view: Uint8Array, { at, stride }: RowsAt) => at >= 0 && at + (rows - 1) * stride + bytes <= view.length
    if (!isInside(data, from) || !isInside(out, to)) return false
    this.#mover!.copyRows(data.byteOffset + from.at, from.stride, out.byteOffset + to.at, to.stride, bytes, rows)
    return true
  }

  #opened(): WasmMemory | null {
    if (this.#memory !== undefined) return this.#memory
    const memory = memoryOf(this.#most, this.#most)
    this.#mover = memory && instanceOf<Mover>(kernelBytes, importing(memory))
    this.#memory = this.#mover && memory
    if (this.#memory) this.#gaps = [{ start: 0, end: this.#memory.buffer.byteLength - slack }]
    return this.#memory
  }

  #free({ start, end }: Gap): void {
    const after = this.#gaps.findIndex((gap) => gap.start >= end)
    const at = after < 0 ? this.#gaps.length : after
    const [before, next] = [this.#gaps[at - 1], this.#gaps[at]]
    if (before?.end === start && next?.start === end) {
      before.end = next.end
      this.#gaps.splice(at, 1)
    } else if (before?.end === start) before.end = end
    else if (next?.start === end) next.start = start
    else this.#gaps.splice(at, 0, { start, end })
  }
}

/** Of this thread. */
export const pixelMemory = new PixelMemory()
