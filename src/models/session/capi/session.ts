/**
 * A session by ONNX Runtime's C API. A run blocks its thread, as onnxruntime-node's does: koffi could run it in libuv's pool, but four runs
 * there make every file of the process wait for one of them. So whoever wants several batches in flight has several threads.
 */

import { nvidiaCard } from '../cards.js'
import type { Asked, Numbers, Session } from '../session.js'
import { loadCudaOf } from './beside-python.js'
import { mustBeFine, type OrtLibrary, ortLibrary } from './library.js'
import { type Held, type Memory, pinnedMemory, plainMemory } from './memory.js'
import { withOptions } from './options.js'
import { mustFit } from './providers.js'
import { type ElementType, elementOf, elements } from './table.js'

/** Throws what the library says, or what is missing. */
export async function openSession(asked: Asked): Promise<Session> {
  const library = await ortLibrary()
  const { device, card } = asked
  // What is missing is told in this order: without a card nothing else matters.
  const holds = device === 'cpu' ? null : (await nvidiaCard(card)).bytes
  if (device === 'cuda' || device === 'tensorrt') await loadCudaOf(library.koffi, library.file, await mustFit(library, device))
  const session = withOptions(library, asked, (options) => create(library, asked, options))
  const memory = (asked.device === 'cpu' ? null : pinnedMemory(library, session, asked.card)) ?? plainMemory(library)
  return new CapiSession(library, session, memory, asked, holds)
}

function create({ call, env }: OrtLibrary, { model }: Asked, options: unknown): unknown {
  const made = [null]
  const status =
    typeof model === 'string'
      ? call.CreateSession(env, model, options, made)
      : call.CreateSessionFromArray(env, model, model.byteLength, options, made)
  mustBeFine(call, status)
  return made[0]
}

class CapiSession implements Session {
  /** By name and shape. */
  private readonly inputs = new Map<string, Held>()
  /** By the shapes of the inputs: shapes of answers follow from them. */
  private readonly outputs = new Map<string, ReadonlyMap<string, Held>>()
  readonly precision?: string

  constructor(
    private readonly library: OrtLibrary,
    private readonly session: unknown,
    private readonly memory: Memory,
    { device, settings }: Asked,
    readonly cardBytes: number | null,
  ) {
    if (device === 'tensorrt' && settings.tensorrt?.fp16 === true) this.precision = 'float16'
    if (device === 'cuda' && settings.cuda?.tf32 === true) this.precision = 'tf32'
  }

  async run(given: Readonly<Record<string, Numbers>>, names: readonly string[]): Promise<Readonly<Record<string, Numbers>>> {
    const { call } = this.library
    const fresh: unknown[] = []
    const inputs = Object.entries(given)
    const key = `${names.join()} ${inputs.map(([name, { type, dims }]) => `${name}:${type}[${dims}]`).join()}`
    try {
      const values = inputs.map(([name, numbers]) => this.inputOf(name, numbers, fresh))
      const known = this.outputs.get(key)
      const answers = names.map((name) => known?.get(name)?.value ?? null)
      const asked = inputs.map(([name]) => name)
      mustBeFine(call, call.Run(this.session, null, asked, values, values.length, names, names.length, answers))
      if (known) return Object.fromEntries(known)
      fresh.push(...answers)
      const first = answers.map((value) => this.copyOf(value))
      this.outputs.set(key, new Map(names.map((name, i) => [name, this.memory.make(first[i]!.type, first[i]!.dims)])))
      return Object.fromEntries(names.map((name, i) => [name, first[i]!]))
    } finally {
      for (const value of fresh) call.ReleaseValue(value)
    }
  }

  async release(): Promise<void> {
    this.memory.release()
    this.library.call.ReleaseSession(this.session)
  }

  /** Pinned memory is filled; else the numbers are taken where they lie. */
  private inputOf(name: string, { type, data, dims }: Numbers, fresh: unknown[]): unknown {
    const view = data as unknown as ArrayBufferView & ArrayLike<number>
    if (!this.memory.pinned) {
      const value = this.memory.around(type as ElementType, view, dims)
      fresh.push(value)
      return value
    }
    const key = `${name}:${type}[${dims}]`
    const held = this.inputs.get(key) ?? this.memory.make(type as ElementType, dims)
    this.inputs.set(key, held)
    ;(held.data as Uint8Array).set(view)
    return held.value
  }

  /** Of an answer that lies in memory of the runtime. */
  private copyOf(value: unknown): Omit<Held, 'value'> {
    const { call, koffi } = this.library
    const info = [null]
    mustBeFine(call, call.GetTensorTypeAndShape(value, info))
    try {
      const code = [0]
      const rank = [0]
      mustBeFine(call, call.GetTensorElementType(info[0], code))
      mustBeFine(call, call.GetDimensionsCount(info[0], rank))
      const dims = new BigInt64Array(Number(rank[0]))
      mustBeFine(call, call.GetDimensions(info[0], dims, dims.length))
      const type = elementOf(code[0]!)
      const { array } = elements[type]
      const shape = Array.from(dims, Number)
      const data = [null]
      mustBeFine(call, call.GetTensorMutableData(value, data))
      const bytes = shape.reduce((product, dim) => product * dim, array.BYTES_PER_ELEMENT)
      const copy = bytes === 0 ? new ArrayBuffer(0) : koffi.view(data[0], bytes).slice(0)
      return { type, data: new array(copy), dims: shape }
    } finally {
      call.ReleaseTensorTypeAndShapeInfo(info[0])
    }
  }
}
