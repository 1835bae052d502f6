/**
 * Makes a graph say what it computes from sizes alone. Exports for pictures of any size work out paddings, shapes and positions while they
 * run; a model here takes one size, so these numbers never change. The runtime itself computes them, once for one picture and once for
 * three: what is the same both times becomes a constant, what counts the pictures stays.
 */

import { bytesOf } from '../core/bytes-of.js'
import { ModelError } from '../core/errors.js'
import type { ModelCard, ModelInput } from '../core/model.js'
import { elementTypeOf, elementTypes } from '../models/onnx/element-types.js'
import { withoutDead, withoutIdle } from '../models/onnx/idle.js'
import { inlined } from '../models/onnx/inline.js'
import { randomOperators } from '../models/onnx/random.js'
import { type DimensionProto, encodeModel, type GraphProto, type ModelProto, type TensorProto } from '../models/onnx/schema.js'
import { holdsGraphs, isOp, withoutConstantNodes, withoutFilledInputs, withoutUnused } from '../models/onnx/view.js'
import { reasonOf, sessionOptions } from '../models/session/device.js'
import { loadOrt, type Ort, type Tensor } from '../models/session/ort.js'

/** A constant is not made of what a size blows up: positions of a large picture are megabytes. */
const largest = 2 ** 26

/** `folder` holds the files that the model keeps tensors in. Branches that are never taken go, too. */
export async function settled(model: ModelProto, card: ModelCard, folder: string): Promise<ModelProto> {
  const ort = await loadOrt()
  let graph = withSizes(withoutIdle(withoutConstantNodes(withoutFilledInputs(model.graph!))), card)
  // A branch that is put in place of its If may hold another.
  for (let round = 0; round < 4; round++) {
    graph = await once(ort, { ...model, graph }, card, folder)
    const next = inlined(graph)
    if (next === graph) break
    graph = next
  }
  return { ...model, graph }
}

export interface ValueTypes {
  /** The element type of every value. */
  readonly types: ReadonlyMap<string, number>
  /** In how many directions it has sizes, where that is known. */
  readonly ranks: ReadonlyMap<string, number>
}

/** As the runtime works them out. Throws MODEL_REFUSED where it does not know the graph. */
export async function typesOf(model: ModelProto, folder: string): Promise<ValueTypes> {
  const ort = await loadOrt()
  const graph = model.graph!
  const types = new Map<string, number>()
  const ranks = new Map<string, number>()
  for (const { name, type } of graph.input) types.set(name, type?.tensorType?.elemType ?? 0)
  for (const { name, dataType } of graph.initializer) types.set(name ?? '', dataType)
  const session = await plainSession(
    ort,
    model,
    graph.node.flatMap(({ output }) => output).filter((name) => name !== ''),
    folder,
  ).catch((cause: unknown) => {
    throw new ModelError('MODEL_REFUSED', `onnxruntime does not load the model in ${folder}: ${reasonOf(cause)}`, {
      hint: 'export the model again, with operators that onnxruntime knows',
      cause,
    })
  })
  try {
    for (const value of session.outputMetadata) {
      if (!value.isTensor) continue
      types.set(value.name, elementTypes[value.type as keyof typeof elementTypes])
      ranks.set(value.name, value.shape.length)
    }
    return { types, ranks }
  } finally {
    await session.release()
  }
}

/** Not optimised: values are wanted under their own names. */
function plainSession(ort: Ort, model: ModelProto, values: readonly string[], folder: string) {
  const bytes = encodeModel({ ...model, graph: { ...model.graph!, output: values.map((name) => ({ name })), valueInfo: [] } })
  return ort.InferenceSession.create(bytes, { ...sessionOptions('cpu', 1, { folder }), graphOptimizationLevel: 'disabled' })
}

/** The sizes of the card, where the graph leaves them open. */
function withSizes(graph: GraphProto, { inputs }: ModelCard): GraphProto {
  const input = graph.input.map((port) => {
    const head = inputs.find(({ name }) => name === port.name)
    const tensor = port.type?.tensorType
    if (!head || !tensor) return port
    const first = tensor.shape?.dim[0] ?? (head.form === 'pixels' ? {} : { value: 'dimParam' as const, dimParam: 'N' })
    const fixed = dimsOf(head, 1)
      .slice(1)
      .map((dimValue): DimensionProto => ({ value: 'dimValue', dimValue }))
    return { ...port, type: { tensorType: { ...tensor, shape: { dim: [first, ...fixed] } } } }
  })
  return { ...graph, input }
}

function dimsOf({ form, layout, width, height }: ModelInput, pictures: number): number[] {
  if (form === 'pixels') return [pictures * height * width, 3]
  return layout === 'NCHW' ? [pictures, 3, height, width] : [pictures, height, width, 3]
}

async function once(ort: Ort, model: ModelProto, card: ModelCard, folder: string): Promise<GraphProto> {
  const graph = model.graph!
  const values = fromSizes(graph)
  if (values.length === 0) return graph
  let first: ReadonlyMap<string, TensorProto>
  try {
    const session = await plainSession(ort, model, values, folder)
    try {
      first = await computed(ort, session, card, card.batch ?? 1)
      // Where the first size of the graph is written as open and is not, the model fails with other numbers of pictures anyway.
      const other = card.batch === null ? await computed(ort, session, card, 3).catch(() => first) : first
      first = new Map([...first].filter(([name, tensor]) => sameTensor(tensor, other.get(name))))
    } finally {
      await session.release()
    }
  } catch {
    // What the runtime cannot compute stays as it was written: who opens the model hears why.
    return graph
  }
  const node = graph.node.filter(({ output }) => !output.every((name) => name === '' || first.has(name)))
  return withoutUnused(withoutDead({ ...graph, node, initializer: [...graph.initializer, ...first.values()] }))
}

/** Values that follow from constants and sizes, whatever the pixels are. */
function fromSizes(graph: GraphProto): string[] {
  const known = new Set(graph.initializer.map(({ name }) => name ?? ''))
  const found: string[] = []
  const outputs = new Set(graph.output.map(({ name }) => name))
  for (const node of graph.node) {
    const plain = (node.domain ?? '') === '' && !holdsGraphs(node) && !randomOperators.includes(node.opType)
    const follows = isOp(node, 'Shape', 'Size') || (node.input.length > 0 && node.input.every((name) => name === '' || known.has(name)))
    if (!plain || !follows || node.output.some((name) => outputs.has(name))) continue
    for (const name of node.output) {
      if (name === '') continue
      known.add(name)
      found.push(name)
    }
  }
  return found
}

async function computed(ort: Ort, session: Awaited<ReturnType<typeof plainSession>>, card: ModelCard, pictures: number) {
  const feeds = Object.fromEntries(card.inputs.map((input) => [input.name, zeros(ort, input, pictures)]))
  const results = await session.run(feeds)
  const found = new Map<string, TensorProto>()
  for (const [name, tensor] of Object.entries(results)) {
    const made = tensorOf(name, tensor as Tensor)
    if (made) found.set(name, made)
  }
  return found
}

function zeros(ort: Ort, input: ModelInput, pictures: number): Tensor {
  const dims = dimsOf(input, pictures)
  const count = dims.reduce((a, b) => a * b, 1)
  const data =
    input.dtype === 'uint8' ? new Uint8Array(count) : input.dtype === 'float16' ? new Uint16Array(count) : new Float32Array(count)
  return new ort.Tensor(input.dtype as 'uint8', data as Uint8Array, dims)
}

function tensorOf(name: string, { data, dims, type }: Tensor): TensorProto | null {
  if (Array.isArray(data) || !ArrayBuffer.isView(data) || data.byteLength > largest) return null
  const dataType = elementTypes[type as keyof typeof elementTypes]
  if (dataType === undefined || elementTypeOf(dataType) === 'string') return null
  const rawData = bytesOf(data).slice()
  return { name, dims: [...dims], dataType, rawData }
}

function sameTensor(a: TensorProto, b: TensorProto | undefined): boolean {
  return b !== undefined && a.dims.join() === b.dims.join() && Buffer.compare(a.rawData!, b.rawData!) === 0
}
