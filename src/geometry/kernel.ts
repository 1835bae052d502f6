/** What the resampling kernels in WebAssembly (`*-fast.wat`) share: loading, the layout of their memory, bytes in and out. */

import { kept } from './kept.js'
import { pixelMemory } from './pixel-memory.js'
import type { Region, Size } from './region.js'
import { importing, instanceOf, memoryOf, pageBytes, type WasmMemory } from './webassembly.js'

/** Bytes of a picture that are copied into a kernel's memory, or out of it, at most; larger ones go the other way. */
const mostBytes = 8 * 2 ** 20

/** Beyond a row's end kernels read and write up to this many bytes. */
const slack = 32

/** Tables for one pair of sizes, and the bytes of the sums between the two axes. */
interface Tables {
  readonly rows: Uint8Array
  readonly columns: Uint8Array
  readonly sums: number
}

export interface KernelSpec<Functions, T extends Tables> {
  /** What `wat2wasm` makes of the source. */
  readonly bytes: string
  /** Null for sizes that go the other way. `part`: what of the source is shown. */
  readonly tables: (size: Size, outSize: Size, part: Region) => T | null
  /** `places`: source, stride, out, width, height, rows, columns, sums. */
  readonly run: (functions: Functions, places: readonly number[], tables: T) => void
}

/**
 * Resamples RGB rows and answers true, or leaves `out` alone and answers false where the pictures are not of that kind or too large. `part`: in pixels
 * of the source, which need not be whole; absent: all of it.
 */
export type Resampler = (source: Uint8Array, size: Size, out: Uint8Array, outSize: Size, part?: Region) => boolean

export function resampler<Functions, T extends Tables>({ bytes: base64, tables, run }: KernelSpec<Functions, T>): Resampler {
  /** Undefined: not asked for yet. Null: this engine has no SIMD in WebAssembly, and the plain loops do the work. */
  let own: { readonly functions: Functions; readonly memory: WasmMemory } | null | undefined
  /** Of sources that lie in the memory of pixels. */
  let inPlace: Functions | null | undefined
  const planOf = kept(
    (width: number, height: number, outWidth: number, outHeight: number, ...[x = 0, y = 0, across = width, down = height]) => {
      const [bytesIn, bytesOut] = [width * height * 3, outWidth * outHeight * 3]
      if (Math.max(bytesIn, bytesOut) > mostBytes) return null
      const made = tables({ width, height }, { width: outWidth, height: outHeight }, { x, y, width: across, height: down })
      if (made === null) return null
      const { rows, columns, sums } = made
      // The source last: where it lies elsewhere, no place is needed for it.
      const bytes = { out: bytesOut, rows: rows.length, columns: columns.length, sums, source: bytesIn }
      return { made, bytesIn, bytesOut, ...layOut(bytes) }
    },
  )
  return (source, { width, height }, out, outSize, part) => {
    const plan = planOf(width, height, outSize.width, outSize.height, ...(part ? [part.x, part.y, part.width, part.height] : []))
    if (plan === null) return false
    const { made, at, bytesIn, bytesOut } = plan
    const work = (functions: Functions, bytes: Uint8Array, from: number) => {
      bytes.set(made.rows, at.rows)
      bytes.set(made.columns, at.columns)
      const place = (one: number) => bytes.byteOffset + one
      const [rows, columns, sums] = [place(at.rows), place(at.columns), place(at.sums)]
      run(functions, [from, width * 3, place(at.out), outSize.width, outSize.height, rows, columns, sums], made)
      out.set(bytes.subarray(at.out, at.out + bytesOut))
    }
    if (pixelMemory.holds(source)) {
      if (inPlace === undefined) inPlace = instanceOf<Functions>(base64, pixelMemory.imports())
      const room = pixelMemory.take(at.source)
      try {
        if (inPlace !== null && pixelMemory.holds(room)) {
          work(inPlace, room, source.byteOffset)
          return true
        }
      } finally {
        pixelMemory.give(room)
      }
    }
    if (own === undefined) own = load<Functions>(base64)
    if (own === null) return false
    const bytes = bytesOf(own.memory, plan.end)
    bytes.set(source.length === bytesIn ? source : source.subarray(0, bytesIn), at.source)
    work(own.functions, bytes, at.source)
    return true
  }
}

function load<Functions>(base64: string) {
  const memory = memoryOf(pageBytes, 2 ** 32)
  const functions = memory && instanceOf<Functions>(base64, importing(memory))
  return functions && { functions, memory: memory! }
}

interface Layout<Name extends string> {
  readonly at: Readonly<Record<Name, number>>
  readonly end: number
}

/** Places for parts of so many bytes, one behind the other. */
function layOut<Name extends string>(bytes: Readonly<Record<Name, number>>): Layout<Name> {
  const at = {} as Record<Name, number>
  let end = 0
  for (const [name, length] of Object.entries(bytes) as [Name, number][]) {
    at[name] = end
    end += Math.ceil((length + slack) / 16) * 16
  }
  return { at, end }
}

/** All of a memory, grown to `end` bytes where it is smaller. */
function bytesOf(memory: WasmMemory, end: number): Uint8Array {
  const missing = end - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes))
  return new Uint8Array(memory.buffer)
}
