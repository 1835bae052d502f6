/** What the resampling kernels in WebAssembly (`*-fast.wat`) share: loading, the layout of their memory, plans kept for the sizes in use. */

import type { Size } from './region.js'

export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
}

/** The part of the WebAssembly interface that is used; Node's types name it only as types. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** Bytes of pictures that are copied into a kernel's memory at most; larger ones go the other way. */
export const mostBytes = 8 * 2 ** 20

/** Beyond a row's end kernels read and write up to this many bytes. */
const slack = 32

const page = 65_536

/** Made at the first call. Null: this engine has no SIMD in WebAssembly, and the plain loops do the work. */
export function kernelFrom<K extends Kernel>(base64: string): () => K | null {
  let kernel: K | null | undefined
  return () => {
    if (kernel === undefined) kernel = load<K>(base64)
    return kernel
  }
}

function load<K extends Kernel>(base64: string): K | null {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly
    return new Instance(new Module(Buffer.from(base64, 'base64'))).exports as K
  } catch {
    return null
  }
}

export interface Layout<Name extends string> {
  readonly at: Readonly<Record<Name, number>>
  readonly end: number
}

/** Places for parts of so many bytes, one behind the other. */
export function layOut<Name extends string>(bytes: Readonly<Record<Name, number>>): Layout<Name> {
  const at = {} as Record<Name, number>
  let end = 0
  for (const [name, length] of Object.entries(bytes) as [Name, number][]) {
    at[name] = end
    end += Math.ceil((length + slack) / 16) * 16
  }
  return { at, end }
}

/** The kernel's memory, grown to `end` bytes where it is smaller. */
export function memoryOf({ memory }: Kernel, end: number): Uint8Array {
  const missing = end - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / page))
  return new Uint8Array(memory.buffer)
}

/** A run resamples a hundred thousand patches of a few pairs of sizes; what is over the bound is simply computed again. */
const plansKept = 64

export function keptBySizes<T>(make: (size: Size, outSize: Size) => T): (size: Size, outSize: Size) => T {
  const plans = new Map<string, T>()
  return (size, outSize) => {
    const key = `${size.width} ${size.height} ${outSize.width} ${outSize.height}`
    let plan = plans.get(key)
    if (plan === undefined) {
      if (plans.size >= plansKept) plans.clear()
      plan = make(size, outSize)
      plans.set(key, plan)
    }
    return plan
  }
}
