/** What a graph does first with the pixels of an input: the division by 255, or the mean of a hundred, that it brings itself. */

import type { GraphProto } from './schema.js'
import { floatsOf, isOp, viewOf } from './view.js'

/** The operator that wants grey levels, 0 to 255, with its number: `Div 255`. Null where the graph shows none. */
export function greyLevelsIn(graph: GraphProto, input: string): string | null {
  const view = viewOf(graph)
  let value = input
  for (let node = view.only(value); node && isOp(node, 'Transpose', 'Cast', 'Sub', 'Div', 'Mul', 'Identity'); node = view.only(value)) {
    const other = node.input.findIndex((name) => view.constants.has(name))
    const tensor = view.constants.get(node.input[other] ?? '')
    const [number] = (tensor && floatsOf(tensor)) ?? []
    // What is divided by the pixels, or what they are taken from, is another thing.
    const isSecond = other === 1
    if (
      number !== undefined &&
      ((isOp(node, 'Div') && isSecond && number >= 50) ||
        (isOp(node, 'Mul') && number > 0 && number <= 0.02) ||
        (isOp(node, 'Sub') && isSecond && number >= 50))
    )
      return `${node.opType} ${Number(number.toPrecision(4))}`
    value = node.output[0]!
  }
  return null
}
