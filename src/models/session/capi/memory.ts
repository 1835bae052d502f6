/**
 * Memory in which a session is given pictures and gives answers, made once for each shape. For a card it is pinned: the card fetches it by
 * itself, at twice the rate and more of other memory.
 */

import { mustBeFine, type OrtLibrary } from './library.js'
import { type ElementType, elements } from './table.js'

type TypedArray = InstanceType<(typeof elements)[ElementType]['array']>

/** A tensor in such memory: the runtime's value, and its numbers here. */
export interface Held {
  readonly value: unknown
  readonly type: ElementType
  readonly data: TypedArray
  readonly dims: readonly number[]
}

export interface Memory {
  make(type: ElementType, dims: readonly number[]): Held
  /** The tensor of numbers that lie here, for one run: nothing is copied. To be let go with `ReleaseValue`. */
  around(type: ElementType, data: ArrayBufferView, dims: readonly number[]): unknown
  /** Lets all of it go, before the session. */
  release(): void
  readonly pinned: boolean
}

export function plainMemory(library: OrtLibrary): Memory {
  const { call } = library
  const info = [null]
  mustBeFine(call, call.CreateCpuMemoryInfo(1, 0, info))
  const values: unknown[] = []
  const around: Memory['around'] = (type, data, dims) => tensorAround(library, info[0], data, data.byteLength, type, dims)
  return {
    pinned: false,
    around,
    make(type, dims) {
      const { array } = elements[type]
      const count = countOf(dims)
      // In a buffer of its own: short arrays without one move about.
      const data = new array(new ArrayBuffer(count * array.BYTES_PER_ELEMENT))
      const value = around(type, data, dims)
      values.push(value)
      return { value, type, data, dims }
    },
    release() {
      for (const value of values.splice(0)) call.ReleaseValue(value)
      call.ReleaseMemoryInfo(info[0])
    },
  }
}

/** Memory of the session's CUDA provider; null where it gives none. */
export function pinnedMemory(library: OrtLibrary, session: unknown, card: number): Memory | null {
  const { call, koffi } = library
  const info = [null]
  const allocator = [null]
  mustBeFine(call, call.CreateMemoryInfo('CudaPinned', 0, card, -1, info))
  try {
    mustBeFine(call, call.CreateAllocator(session, info[0], allocator))
  } catch {
    call.ReleaseMemoryInfo(info[0])
    return null
  }
  const plain = plainMemory(library)
  const values: unknown[] = []
  const places: unknown[] = []
  return {
    pinned: true,
    around: plain.around,
    make(type, dims) {
      const { array } = elements[type]
      const bytes = countOf(dims) * array.BYTES_PER_ELEMENT
      const place = [null]
      mustBeFine(call, call.AllocatorAlloc(allocator[0], bytes, place))
      places.push(place[0])
      const value = tensorAround(library, info[0], place[0], bytes, type, dims)
      values.push(value)
      return { value, type, data: new array(koffi.view(place[0], bytes)), dims }
    },
    release() {
      for (const value of values.splice(0)) call.ReleaseValue(value)
      for (const place of places.splice(0)) mustBeFine(call, call.AllocatorFree(allocator[0], place))
      call.ReleaseAllocator(allocator[0])
      call.ReleaseMemoryInfo(info[0])
      plain.release()
    },
  }
}

function tensorAround(
  { call }: OrtLibrary,
  info: unknown,
  data: unknown,
  bytes: number,
  type: ElementType,
  dims: readonly number[],
): unknown {
  const value = [null]
  mustBeFine(call, call.CreateTensorWithDataAsOrtValue(info, data, bytes, dims, dims.length, elements[type].code, value))
  return value[0]
}

const countOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1)
