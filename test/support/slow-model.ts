/** A model that takes as long as it is wide: convolutions with weights that nobody trained. */

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { newGraph } from '../../src/models/onnx/graph.js'

/** Writes the model folder `slow` into `folder`, for patches of `side` px: of 224 px, and 64 wide, some 0.4 billion products for each. */
export async function writeSlowModel(folder: string, side: number, width: number): Promise<void> {
  const graph = newGraph('slow', 'Takes its time.')
  const image = graph.input('image', 'uint8', ['N', 'H', 'W', 3])
  let value = graph.node('Cast', 'pixels', [graph.node('Transpose', 'planes', [image], { perm: [0, 3, 1, 2] })], { to: 1 })
  const widths = [3, width, width, width, 3]
  for (const [i, from] of widths.slice(0, -1).entries()) {
    const to = widths[i + 1]!
    const weights = Float32Array.from({ length: to * from * 9 }, (_, at) => Math.sin(at + i) / (from * 9))
    const kernel = graph.constant(`kernel_${i}`, weights, [to, from, 3, 3])
    const stride = i === 0 ? 4 : 1
    value = graph.node('Conv', `conv_${i}`, [value, kernel], { strides: [stride, stride], pads: [1, 1, 1, 1], kernel_shape: [3, 3] })
  }
  const mean = graph.node('ReduceMean', 'mean', [value], { axes: [2, 3], keepdims: 0 })
  graph.output(graph.node('Softmax', 'classes', [mean], { axis: 1 }), 'float32', ['N', 3])
  const place = path.join(folder, 'slow')
  await mkdir(place, { recursive: true })
  await writeFile(path.join(place, 'model.onnx'), graph.bytes())
  await writeFile(
    path.join(place, 'model.yml'),
    `name: slow
file: model.onnx
inputs: [{ name: image, size: ${side} px, layout: NHWC, channels: RGB, dtype: uint8 }]
outputs:
  - { name: classes, kind: classes, classes: [{ name: a }, { name: b }, { name: c }] }
`,
  )
}
