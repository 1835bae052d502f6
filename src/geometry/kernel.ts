/** What the resampling kernels in WebAssembly (`*-fast.wat`) share: loading, the layout of their memory, bytes in and out. */

import { kept } from './kept.js'
import type { Region, Size } from './region.js'

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
}

/** The part of the WebAssembly interface that is used; Node's types name it only as types. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** Bytes of a picture that are copied into a kernel's memory, or out of it, at most; larger ones go the other way. */
const mostBytes = 8 * 2 ** 20

/** Beyond a row's end kernels read and write up to this many bytes. */
const slack = 32

const page = 65_536

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
  let kernel: (Kernel & Functions) | null | undefined
  const planOf = kept(
    (width: number, height: number, outWidth: number, outHeight: number, ...[x = 0, y = 0, across = width, down = height]) => {
      const [bytesIn, bytesOut] = [width * height * 3, outWidth * outHeight * 3]
      if (Math.max(bytesIn, bytesOut) > mostBytes) return null
      const made = tables({ width, height }, { width: outWidth, height: outHeight }, { x, y, width: across, height: down })
      if (made === null) return null
      const { rows, columns, sums } = made
      return { made, bytesIn, bytesOut, ...layOut({ source: bytesIn, out: bytesOut, rows: rows.length, columns: columns.length, sums }) }
    },
  )
  return (source, { width, height }, out, outSize, part) => {
    const plan = planOf(width, height, outSize.width, outSize.height, ...(part ? [part.x, part.y, part.width, part.height] : []))
    if (plan === null) return false
    if (kernel === undefined) kernel = load<Kernel & Functions>(base64)
    if (kernel === null) return false
    const { made, at, bytesIn, bytesOut } = plan
    const bytes = memoryOf(kernel, plan.end)
    bytes.set(source.length === bytesIn ? source : source.subarray(0, bytesIn), at.source)
    bytes.set(made.rows, at.rows)
    bytes.set(made.columns, at.columns)
    run(kernel, [at.source, width * 3, at.out, outSize.width, outSize.height, at.rows, at.columns, at.sums], made)
    out.set(bytes.subarray(at.out, at.out + bytesOut))
    return true
  }
}

function load<K>(base64: string): K | null {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly
    return new Instance(new Module(Buffer.from(base64, 'base64'))).exports as K
  } catch {
    return null
  }
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

/** The kernel's memory, grown to `end` bytes where it is smaller. */
function memoryOf({ memory }: Kernel, end: number): Uint8Array {
  const missing = end - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / page))
  return new Uint8Array(memory.buffer)
}
