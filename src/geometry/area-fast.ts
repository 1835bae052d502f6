/**
 * Shrinking by area in whole numbers, four at a time (`area-fast.wat`, about ten times as fast as the loops of `area-stream.ts`), where both
 * give the same bytes beyond doubt.
 *
 * An output sample takes from a source sample a share that is a whole number over the (reduced) source length: 225 to 224 has shares of
 * 1/225. So a pixel is a whole number over width × height of the source. Where both are odd, no pixel lies half-way between two grey
 * levels, the nearest one lies 1 / (2 × width × height) off, and rounding errors of the other way, which are far smaller, cannot matter.
 */

import { areaSpans, type Spans } from './axis.js'
import type { Size } from './region.js'

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  readonly shrink: (...places: number[]) => void
}

/** The part of the WebAssembly interface that is used; Node's types name it only as types. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Kernel }
}

/** What `wat2wasm` makes of `area-fast.wat`; a test compares. */
export const kernelBytes =
  'AGFzbQEAAAABDgFgCn9/f39/f39/f3wAAwIBAAUDAQABBxMCBm1lbW9yeQIABnNocmluawAACpwDAZkDAgl/BXsgCf0UIRcDQCAAIAUoAgBqIQ8gBSgCBCEOIAVBCGohBUEAIQwDQP0MAAAAAAAAAAAAAAAAAAAAACET/QwAAAAAAAAAAAAAAAAAAAAAIRQgDyAMaiEQIAUhESAOIQ0DQCAQ/QIDACEVIBH9CAEAIRYgEyAVIBb9vgH9rgEhEyAUIBUgFv2/Af2uASEUIBAgAWohECARQQRqIREgDUEBayINDQALIAcgDEECdGohECAQIBP9CwQAIBAgFP0LBBAgDEEIaiEMIAwgAUkNAAsgBSAOQQJ0aiEFIAYhEiADIQsDQCAHIBIoAgBqIRAgEigCBCENIBJBCGohEiAI/REhEwNAIBMgEP0ABAAgEv0JAgD9tQH9rgEhEyAQQQxqIRAgEkEEaiESIA1BAWsiDQ0ACyACIBP9/gEgF/3yAf38ASATIBP9DQgJCgsMDQ4PAAAAAAAAAAD9/gEgF/3yAf38Af0NAAQQFAAAAAAAAAAAAAAAAP1aAgAAIAJBA2ohAiALQQFrIgsNAAsgCkEBaiIKIARJDQALCw=='

/** Undefined: not asked for yet. Null: this engine has no SIMD in WebAssembly, and the plain loops do the work. */
let kernel: Kernel | null | undefined

/** Bytes of pictures that are copied into the kernel's memory at most; larger ones go the other way. */
const most = 8 * 2 ** 20

/** Beyond a row's end the kernel reads and writes up to this many bytes. */
const slack = 32

const page = 65_536

/** Shrinks RGB rows by area and answers true, or leaves `out` alone and answers false where the sizes are not of that kind. */
export function shrinkExactly(source: Uint8Array, size: Size, out: Uint8Array, outSize: Size): boolean {
  const plan = planOf(size, outSize)
  if (plan === null) return false
  if (kernel === undefined) kernel = load()
  if (kernel === null) return false
  const { stride, sourceAt, outAt, rowsAt, columnsAt, sumsAt, end } = plan
  const missing = end - kernel.memory.buffer.byteLength
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / page))
  const bytes = new Uint8Array(kernel.memory.buffer)
  const bytesIn = stride * size.height
  bytes.set(source.length === bytesIn ? source : source.subarray(0, bytesIn), sourceAt)
  bytes.set(plan.rows, rowsAt)
  bytes.set(plan.columns, columnsAt)
  kernel.shrink(sourceAt, stride, outAt, outSize.width, outSize.height, rowsAt, columnsAt, sumsAt, plan.half, plan.share)
  out.set(bytes.subarray(outAt, outAt + outSize.width * outSize.height * 3))
  return true
}

function load(): Kernel | null {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly
    return new Instance(new Module(Buffer.from(kernelBytes, 'base64'))).exports
  } catch {
    return null
  }
}

interface Plan {
  readonly stride: number
  readonly sourceAt: number
  readonly outAt: number
  readonly rowsAt: number
  readonly columnsAt: number
  readonly sumsAt: number
  readonly end: number
  readonly rows: Uint8Array
  readonly columns: Uint8Array
  readonly half: number
  readonly share: number
}

/** The plans of the last few sizes; null for sizes that go the other way. */
const plans = new Map<string, Plan | null>()

function planOf(size: Size, outSize: Size): Plan | null {
  const key = `${size.width} ${size.height} ${outSize.width} ${outSize.height}`
  let plan = plans.get(key)
  if (plan === undefined) {
    if (plans.size >= 64) plans.clear()
    plan = makePlan(size, outSize)
    plans.set(key, plan)
  }
  return plan
}

function makePlan(size: Size, outSize: Size): Plan | null {
  const across = reduced(size.width, outSize.width)
  const down = reduced(size.height, outSize.height)
  const parts = across.length * down.length
  const stride = size.width * 3
  const bytes = stride * size.height
  if (bytes > most || !fits(across, down)) return null
  const rows = tableOf(areaSpans(size.height, outSize.height), down.length, stride)
  const columns = tableOf(areaSpans(size.width, outSize.width), across.length, 12)
  const places = { sourceAt: 0, outAt: 0, rowsAt: 0, columnsAt: 0, sumsAt: 0 }
  const needed = [bytes, outSize.width * outSize.height * 3, rows.length, columns.length, stride * 4]
  let end = 0
  for (const [i, name] of (Object.keys(places) as (keyof typeof places)[]).entries()) {
    places[name] = end
    end += Math.ceil((needed[i]! + slack) / 16) * 16
  }
  // A little more than the true share: a whole number of grey levels must not come out below itself, and all else is farther away.
  return { stride, ...places, end, rows, columns, half: parts >> 1, share: (1 + 2 ** -48) / parts }
}

interface Ratio {
  readonly length: number
  readonly outLength: number
}

function reduced(length: number, outLength: number): Ratio {
  let [a, b] = [length, outLength]
  while (b > 0) [a, b] = [b, a % b]
  return { length: length / a, outLength: outLength / a }
}

function fits(across: Ratio, down: Ratio): boolean {
  const parts = across.length * down.length
  // Exactly half rounds up, which is what the kernel does: halves are even, and welcome.
  const halves = across.length === 2 && down.length === 2 && across.outLength === 1 && down.outLength === 1
  const odd = across.length % 2 === 1 && down.length % 2 === 1
  // Below 1/1000 of a sample OpenCV leaves a share out, and the spans with it: then they are no whole numbers any more.
  const noneLeftOut = across.outLength < 1000 && down.outLength < 1000
  return (halves || odd) && noneLeftOut && 256 * parts < 2 ** 31 && Math.max(across.length, down.length) < 2 ** 16
}

/** For each output sample: where it begins, how many it takes, and their weights as whole numbers. */
function tableOf({ start, offset, weights }: Spans, length: number, bytesEach: number): Uint8Array {
  const numbers: number[] = []
  for (let d = 0; d < start.length; d++) {
    numbers.push(start[d]! * bytesEach, offset[d + 1]! - offset[d]!)
    for (let k = offset[d]!; k < offset[d + 1]!; k++) numbers.push(Math.round(weights[k]! * length))
  }
  return new Uint8Array(Int32Array.from(numbers).buffer)
}
