/** The names of classes that a classifier of scikit-learn, XGBoost or LightGBM has inside of a graph, in the order of its scores. */

import { elementTypes } from './element-types.js'
import type { GraphProto } from './schema.js'
import { attribute, type GraphView, isOp, viewOf } from './view.js'

/** Leave each score at its place: scikit-learn divides by the sum of all, LightGBM multiplies by one. */
const keepers = ['Identity', 'Cast', 'Softmax', 'Sigmoid', 'LpNormalization', 'Div', 'Mul']

/** Null where the output is not the scores of such a classifier, or it has numbers for names. */
export function classLabelsIn(graph: GraphProto, output: string): readonly string[] | null {
  const view = viewOf(graph)
  let value = output
  for (let step = 0; step < 8; step++) {
    const node = view.producers.get(value)
    // Its first output is the label.
    const own = node?.domain === 'ai.onnx.ml' && node.output[1] === value ? attribute(node, 'classlabels_strings')?.strings : undefined
    const names = own?.length ? own : lookedUpBy(view, value)
    if (names) return names.map((name) => Buffer.from(name).toString())
    if (!node || !(isOp(node, ...keepers) || node.opType === 'Normalizer')) break
    value = node.input[0]!
  }
  return null
}

/** The names of which one is the answer: that of the largest score. skl2onnx writes classifiers so that are no single operator (MLPClassifier, CalibratedClassifierCV, KNN). */
function lookedUpBy({ consumers, constants }: GraphView, scores: string): readonly Uint8Array[] | undefined {
  const largest = (consumers.get(scores) ?? []).filter((node) => isOp(node, 'ArgMax'))
  const lookups = largest.flatMap((node) => consumers.get(node.output[0]!) ?? [])
  const tables = lookups.filter((node) => node.opType === 'ArrayFeatureExtractor').map(({ input }) => constants.get(input[0]!))
  return tables.find((table) => table?.dataType === elementTypes.string)?.stringData
}
