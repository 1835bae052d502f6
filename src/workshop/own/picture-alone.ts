/**
 * Which input of a graph takes the picture, and the graph without its others. CLIP is exported whole, words beside pictures: the vector of a picture follows
 * from the picture alone, and the part that reads words is left out.
 */

import { ModelError } from '../../core/errors.js'
import { withoutDead } from '../../models/onnx/idle.js'
import type { OnnxPort } from '../../models/onnx/inspect-onnx.js'
import { type OnnxFile, onnxOf } from '../../models/onnx/onnx-file.js'
import { encodeModel, type GraphProto } from '../../models/onnx/schema.js'
import { usedBy, withoutUnused } from '../../models/onnx/view.js'
import { describe } from './look.js'

/** The port of that name; without a name the only one. Null: nobody knows which. */
export const portNamed = (ports: readonly OnnxPort[], named: string | undefined): OnnxPort | null =>
  (named === undefined && ports.length === 1 ? ports[0] : ports.find(({ name }) => name === named)) ?? null

/** For messages. */
export const namesIn = (ports: readonly OnnxPort[]): string =>
  ports
    .slice(0, 8)
    .map(({ name }) => name)
    .join(', ')

/** The input that takes the picture: the only one of four sizes, where none is named. Throws CARD_INVALID. */
export function pictureIn({ file, facts: { inputs } }: OnnxFile, named: string | undefined): OnnxPort {
  const pictures = inputs.filter(mayBePicture)
  const port = portNamed(inputs, named) ?? (named === undefined && pictures.length === 1 ? pictures[0] : null)
  if (port) return port
  const why = named === undefined ? `has ${inputs.length} inputs` : `has no input '${named}'`
  throw new ModelError('CARD_INVALID', `${file} ${why}: ${namesIn(inputs)}`, { hint: remedy(inputs) })
}

/** A few numbers in four axes ([1, 1, 1, 3]) are what TensorFlow left out of its constants. */
const mayBePicture = ({ shape }: OnnxPort): boolean =>
  shape === null || (shape.length === 4 && !shape.every((size) => typeof size === 'number' && size <= 4))

function remedy(inputs: readonly OnnxPort[]): string {
  const others = inputs.filter((port) => !mayBePicture(port))
  return others.length === 0
    ? 'a model with several pictures a patch needs a card written by hand'
    : `nothing but pictures can be given to a model: ${others.map(describe).join(', ')} must become a constant when it is exported`
}

/** The same file where it has one input. Throws CARD_INVALID where the output follows from others, too. */
export async function withPictureAlone(onnx: OnnxFile, input: OnnxPort, output: OnnxPort): Promise<OnnxFile> {
  const { file, facts, model } = onnx
  if (facts.inputs.length === 1) return onnx
  const graph = towards(model.graph!, output)
  const also = needed(facts.inputs, input, graph)
  if (also.length > 0) {
    const free = facts.outputs.filter((one) => needed(facts.inputs, input, towards(model.graph!, one)).length === 0)
    throw new ModelError('CARD_INVALID', `${file}: '${output.name}' follows from more than the picture: ${also.map(describe).join(', ')}`, {
      hint: free.length > 0 ? `these follow from the picture alone: --model-output ${namesIn(free)}` : remedy([input, ...also]),
    })
  }
  const others = new Set(facts.inputs.filter(({ name }) => name !== input.name).map(({ name }) => name))
  const kept = withoutUnused({ ...graph, input: graph.input.filter(({ name }) => !others.has(name)) })
  const filled = new Set(kept.initializer.map(({ name }) => name))
  // Old exporters list what has a value in the file among the inputs.
  const inputs = kept.input.filter(({ name }) => name === input.name || filled.has(name))
  return onnxOf(file, encodeModel({ ...model, graph: { ...kept, input: inputs } }))
}

/** What makes one of its outputs. */
export const towards = (graph: GraphProto, { name }: OnnxPort): GraphProto =>
  withoutDead({ ...graph, output: graph.output.filter((one) => one.name === name) })

function needed(inputs: readonly OnnxPort[], picture: OnnxPort, { node, output }: GraphProto): readonly OnnxPort[] {
  const used = new Set([...node.flatMap(usedBy), ...output.map(({ name }) => name)])
  return inputs.filter(({ name }) => name !== picture.name && used.has(name))
}
