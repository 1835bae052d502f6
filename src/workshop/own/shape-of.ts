/** The sizes of an output that a graph leaves open: told by one run, since the sizes of its input are known. */

import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import { roomProblem } from '../../models/card/fit-room.js'
import type { OnnxPort } from '../../models/onnx/inspect-onnx.js'
import type { OnnxFile } from '../../models/onnx/onnx-file.js'
import { precisionOf } from '../../models/onnx/precision.js'
import { isReadable } from '../../models/onnx/readable.js'
import type { ModelProto } from '../../models/onnx/schema.js'
import { sessionOptions } from '../../models/session/device.js'
import { loadOrt } from '../../models/session/ort.js'
import { whyRefused } from '../../models/session/why-refused.js'

export interface Asked {
  readonly input: OnnxPort
  readonly output: OnnxPort
  readonly layout: 'NHWC' | 'NCHW' | null
  readonly size: readonly [width: number, height: number] | null
  readonly pixels: boolean
}

/** The port with its sizes, the first one as it was; the same port when all are known. Throws MODEL_REFUSED where it cannot be run. */
export async function withSizes(onnx: OnnxFile, { input, output, layout, size, pixels }: Asked): Promise<OnnxPort> {
  // One open size alone may be that of a vector, squeezed of one picture.
  const sizes = output.shape?.length === 1 ? output.shape : output.shape?.slice(1)
  const open = sizes === undefined || sizes.some((size) => typeof size !== 'number' || size < 1)
  if (!open || pixels || !layout || !size || onnx.facts.inputs.length !== 1) return output
  // What is no numbers is told where the card is made.
  if (output.holds !== 'tensor' || output.type === 'string' || (output.type !== null && !isReadable(output.type))) return output
  const type = input.type
  if (type !== 'float32' && type !== 'float16' && type !== 'uint8') return output
  const [width, height] = size
  const [first] = input.shape ?? []
  const pictures = typeof first === 'number' && first > 0 ? first : 1
  // That it is too large is said where the card is made.
  if (roomProblem(width, height, pictures) !== null) return output
  const dims = layout === 'NCHW' ? [pictures, 3, height, width] : [pictures, height, width, 3]
  const count = dims.reduce((a, b) => a * b, 1)
  const ort = await loadOrt()
  try {
    // Not the file: inputs may have been left out.
    const session = await ort.InferenceSession.create(onnx.bytes, sessionOptions('cpu', 1, { folder: path.dirname(onnx.file) }))
    try {
      const data = type === 'float32' ? new Float32Array(count) : type === 'uint8' ? new Uint8Array(count) : new Uint16Array(count)
      const { [output.name]: said } = await session.run({ [input.name]: new ort.Tensor(type as 'uint8', data as Uint8Array, dims) }, [
        output.name,
      ])
      const { dims: given } = said!
      // What is squeezed of one picture has no place for the number of pictures.
      const own = pictures === 1 && given.length === 1 ? given : given.slice(1)
      return { ...output, shape: [output.shape?.[0] ?? 'N', ...own] }
    } finally {
      await session.release()
    }
  } catch (cause) {
    const { why, hint } = whyRefused(cause, precisionOf(onnx.model))
    throw new ModelError('MODEL_REFUSED', `${onnx.file} answers no picture of ${width} × ${height} px: ${why}`, { hint, cause })
  }
}

/** The model that says the sizes of the port of that name itself. */
export function withShape(model: ModelProto, { name, shape }: OnnxPort): ModelProto {
  const dim = (shape ?? []).map((size) =>
    typeof size === 'number'
      ? { value: 'dimValue' as const, dimValue: size }
      : { value: 'dimParam' as const, dimParam: String(size ?? 'N') },
  )
  const output = model.graph!.output.map((one) =>
    one.name === name && one.type?.tensorType ? { ...one, type: { tensorType: { ...one.type.tensorType, shape: { dim } } } } : one,
  )
  return { ...model, graph: { ...model.graph!, output } }
}
