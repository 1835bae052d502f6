/** The names of classes that a classifier of scikit-learn, XGBoost or LightGBM has inside of a graph, in the order of its scores. */

import type { GraphProto } from './schema.js'
import { attribute, isOp, viewOf } from './view.js'

/** Leave each score at its place. */
const keepers = ['Identity', 'Cast', 'Softmax', 'Sigmoid']

/** Null where the output is not the scores of such a classifier, or it has numbers for names. */
export function classLabelsIn(graph: GraphProto, output: string): readonly string[] | null {
  const { producers } = viewOf(graph)
  let value = output
  let node = producers.get(value)
  for (let step = 0; step < 8 && (isOp(node, ...keepers) || node?.opType === 'Normalizer'); step++) {
    value = node!.input[0]!
    node = producers.get(value)
  }
  // Its first output is the label.
  if (node?.domain !== 'ai.onnx.ml' || node.output[1] !== value) return null
  const names = attribute(node, 'classlabels_strings')?.strings ?? []
  return names.length > 0 ? names.map((name) => Buffer.from(name).toString()) : null
}
