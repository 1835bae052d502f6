/** What a card says of the scale of pixels against what its graph begins with: divided by 255 twice, every picture is black. */

import type { ModelInput } from '../../core/model.js'
import { greyLevelsIn } from '../onnx/beginning.js'
import type { GraphProto } from '../onnx/schema.js'

/** A scale that makes pixels small: 1/255, 1/127.5. */
const smallest = 0.02

/** One sentence each. */
export function scaleProblems(inputs: readonly ModelInput[], graph: GraphProto): string[] {
  return inputs.flatMap(({ name, dtype, scale }, i) => {
    if (dtype === 'uint8' || scale > smallest) return []
    const begins = greyLevelsIn(graph, name)
    const written = Math.abs(1 / scale - Math.round(1 / scale)) < 1e-6 ? `1/${Math.round(1 / scale)}` : String(scale)
    return begins === null
      ? []
      : [`inputs[${i}].scale: the card says ${written}, the graph begins with ${begins} itself and wants 0 to 255: write scale: 1`]
  })
}
