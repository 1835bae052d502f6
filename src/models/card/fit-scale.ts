/** What a card says of the numbers of pixels against what its graph begins with: divided by 255 twice, every picture is black. */

import type { ModelInput } from '../../core/model.js'
import { fourDigits } from '../../geometry/round.js'
import { greyLevelsIn } from '../onnx/beginning.js'
import { ownMeanIn } from '../onnx/own-mean.js'
import type { GraphProto } from '../onnx/schema.js'
import { floatsOf, isOp, viewOf } from '../onnx/view.js'

/** A scale that makes pixels small: 1/255, 1/127.5. */
const smallest = 0.02

/** What 255 steps of bytes reach where they are grey levels: 0 to 1, -1 to 1, 0 to 255, each divided by 255 or 256. */
const reaches = [1, 2, 255]

/**
 * A graph that a quantiser has given bytes as its input counts them in steps of what its network wants: grey levels only where pixels were not
 * normalised. `lookup` brings them there. One sentence each.
 */
export function stepProblems(inputs: readonly ModelInput[], graph: GraphProto): string[] {
  const { consumers, constants } = viewOf(graph)
  return inputs.flatMap(({ name, dtype, lookup }, i) => {
    if (dtype !== 'uint8' || lookup) return []
    let [user] = consumers.get(name) ?? []
    while (isOp(user, 'Transpose', 'Identity', 'Reshape')) [user] = consumers.get(user!.output[0]!) ?? []
    const held = isOp(user, 'DequantizeLinear') ? constants.get(user!.input[1] ?? '') : undefined
    const [step, ...others] = (held && floatsOf(held)) ?? []
    if (step === undefined || others.length > 0 || reaches.some((reach) => Math.abs((255 * step) / reach - 1) < 0.01)) return []
    return [
      `inputs[${i}]: the graph takes '${name}' in bytes of ${fourDigits(step)} each, of numbers that were normalised before, and not grey levels: export it with an input of floats (inference_input_type=tf.float32)`,
    ]
  })
}

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

/** How far two means of one training may lie apart, of white: ImageNet's and CLIP's differ by half of it. */
const alike = 0.01

/** A mean that the graph takes away itself, taken away before as well. One sentence each. */
export function meanProblems(inputs: readonly ModelInput[], graph: GraphProto): string[] {
  return inputs.flatMap(({ name, dtype, scale, mean }, i) => {
    const own = dtype === 'uint8' || mean.every((one) => one === 0) ? null : ownMeanIn(graph, name)
    if (own === null) return []
    // A graph may turn the channels round in many ways: the same three are the same mean in either order.
    const isIt = (given: readonly number[]) => own.every((one, k) => Math.abs(one - given[k]!) <= alike * 255 * scale)
    if (!isIt(mean) && !isIt(mean.toReversed())) return []
    const written = own.map(fourDigits).join(', ')
    return [
      `inputs[${i}].mean: the card takes away ${mean.join(', ')}, and the graph begins with taking away ${written} itself: leave mean and std out`,
    ]
  })
}
