/** What a card says of activations against what its graph ends with: applied twice, a softmax makes every class about as probable, a sigmoid makes all pixels tissue. */

import type { ModelOutput } from '../../core/model.js'
import { isWithinOne, mostOf } from '../onnx/bounds.js'
import { endingsOf, isChoice, isCost, isSorted, logarithmOf, sharesOverBatch } from '../onnx/ending.js'
import type { GraphProto } from '../onnx/schema.js'
import { isOp } from '../onnx/view.js'

/** One sentence each; `outputs` in the order of the card. */
export function activationProblems(outputs: readonly ModelOutput[], graph: GraphProto): string[] {
  const endings = endingsOf(
    graph,
    outputs.map(({ name }) => name),
  )
  return outputs.flatMap(({ name, kind, inGraph, apply }, i) => {
    const place = `outputs[${i}]`
    const ending = endings[i]!
    const maker = graph.node.find(({ output }) => output.includes(name))
    if (maker?.opType === 'ZipMap')
      return [
        `${place}: the graph gives '${name}' as a map for each picture (ZipMap), not as numbers: export it with options={'zipmap': False}`,
      ]
    if (isOp(maker, 'QuantizeLinear'))
      return [
        `${place}: the graph gives '${name}' in bytes with a step of their own (QuantizeLinear): export it with an output of floats (inference_output_type=tf.float32)`,
      ]
    if ((kind === 'classes' || kind === 'features') && isChoice(graph, name))
      return [
        `${place}: the graph gives '${name}' as the number of the likeliest class (ArgMax), not as numbers of each: export it without, or take the output before`,
      ]
    if (kind === 'classes' && sharesOverBatch(graph, name))
      return [`${place}: the graph makes '${name}' by a softmax over the pictures of a batch (axis 0), not over the classes`]
    if (kind === 'classes' && isSorted(graph, name))
      return [`${place}: the graph gives '${name}' in the order of its size (TopK), not in that of the classes`]
    if (kind === 'classes' && isCost(graph, name))
      return [`${place}: the graph gives '${name}' as a cost, least for the likeliest class (−log): export it without`]
    const log = kind === 'classes' ? logarithmOf(graph, name) : 'none'
    if (log === 'sigmoid') return [`${place}: the graph ends with the logarithm of a sigmoid (LogSigmoid): export it without`]
    if (log === 'softmax' && apply === 'sigmoid')
      return [`${place}.apply: the card says sigmoid, the graph ends with the logarithm of a softmax: write apply: softmax`]
    const most = kind === 'classes' && apply !== 'none' ? mostOf(graph, name) : null
    if (most === 100 || most === 255)
      return [`${place}: the graph's last operators keep '${name}' within 0 and ${most}, shares of that: export it without the factor`]
    if (ending === 'none' && apply !== 'none' && isWithinOne(graph, name))
      return [`${place}.apply: the card says ${apply}, the graph's last operators keep '${name}' within 0 and 1 already: leave apply out`]
    if (ending === 'none') return []
    if (apply !== 'none') return [`${place}.apply: the card says ${apply}, the graph ends with ${ending} itself: write in_graph: ${ending}`]
    if (inGraph !== 'none' && inGraph !== ending) return [`${place}.in_graph: the card says ${inGraph}, the graph ends with ${ending}`]
    return []
  })
}
