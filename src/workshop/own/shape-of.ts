/** The sizes of an output that a graph leaves open: told by one run, since the sizes of its input are known. */

import { roomProblem } from '../../models/card/fit-room.js'
import type { OnnxPort } from '../../models/onnx/inspect-onnx.js'
import type { OnnxFile } from '../../models/onnx/onnx-file.js'
import { sessionOptions } from '../../models/session/device.js'
import { loadOrt } from '../../models/session/ort.js'

export interface Asked {
  readonly input: OnnxPort
  readonly output: OnnxPort
  readonly layout: 'NHWC' | 'NCHW' | null
  readonly size: readonly [width: number, height: number] | null
  readonly pixels: boolean
}

/** The port with its sizes, the first one as it was; the same port when all are known, or when it cannot be run. */
export async function withSizes(onnx: OnnxFile, { input, output, layout, size, pixels }: Asked): Promise<OnnxPort> {
  const open = output.shape === null || output.shape.slice(1).some((size) => typeof size !== 'number' || size < 1)
  if (!open || pixels || !layout || !size || onnx.facts.inputs.length !== 1) return output
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
    const session = await ort.InferenceSession.create(onnx.file, sessionOptions('cpu', 1))
    try {
      const data = type === 'float32' ? new Float32Array(count) : type === 'uint8' ? new Uint8Array(count) : new Uint16Array(count)
      const { [output.name]: said } = await session.run({ [input.name]: new ort.Tensor(type as 'uint8', data as Uint8Array, dims) }, [
        output.name,
      ])
      const [, ...sizes] = said!.dims
      return { ...output, shape: [output.shape?.[0] ?? 'N', ...sizes] }
    } finally {
      await session.release()
    }
  } catch {
    // Why it cannot be run is said where it is opened.
    return output
  }
}
