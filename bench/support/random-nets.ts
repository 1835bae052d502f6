/** Networks of known shapes with random weights of a fixed seed, by our own graph writer: they show speed and the equality of the arithmetic, nothing else. */

import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { newGraph } from '../../src/models/onnx/graph.js'
import { readOnnx } from '../../src/models/onnx/onnx-file.js'
import { encodeModel } from '../../src/models/onnx/schema.js'
import { architectures } from '../../src/workshop/convert/architectures/registry.js'
import { tensorsOf } from '../../src/workshop/convert/expected.js'
import type { StateDict, StoredTensor } from '../../src/workshop/convert/tensors.js'
import { toOnnx } from '../../src/workshop/convert/to-onnx.js'
import { inHalves } from '../../src/workshop/fp16/half-graph.js'
import { pixelSteps } from '../../src/workshop/quantize/pixels.js'
import { typesOf } from '../../src/workshop/settle.js'
import { dataPath } from './folders.js'
import { normals } from './normals.js'
import { visionTransformer, vitCard } from './vit.js'

const side = 224
const classes = 9

export type Numbers = 'fp32' | 'fp16'

/** Makes graph and card. */
type Maker = () => Promise<{ readonly bytes: Uint8Array; readonly card: string }>

const cardOf = (name: string) => `name: ${name}
inputs: [{ name: image, size: ${side} px, at: 0.5 mpp, channels: RGB, dtype: uint8, layout: NHWC }]
outputs: [{ name: probabilities, kind: classes, classes: [${Array.from({ length: classes }, (_, i) => `class ${i}`).join(', ')}] }]
`

/** Scale of the last norm of a block, so that sums of many blocks stay within bounds: by its name. */
const gains: readonly (readonly [RegExp, number])[] = [
  [/\.bn[23]\.weight$|\.conv\.\d\.weight$/, 0.3],
  [/\.downsample\.1\.weight$/, 0.7],
]

/** As torchvision's weights are named. What passes through keeps its size: He's scale for convolutions, norms of mean 0 and variance 1. */
function weightOf(name: string, shape: readonly number[]): Float32Array {
  const count = shape.reduce((a, b) => a * b, 1)
  const seed = [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7)
  if (name.endsWith('running_mean')) return new Float32Array(count)
  if (name.endsWith('running_var')) return new Float32Array(count).fill(1)
  if (name.endsWith('bias')) return normals(count, 0.05, seed)
  if (shape.length === 1) return new Float32Array(count).fill(gains.find(([pattern]) => pattern.test(name))?.[1] ?? 1)
  const inputs = count / shape[0]!
  return normals(count, shape.length === 2 ? 1.5 / Math.sqrt(inputs) : Math.sqrt(2 / inputs), seed)
}

const convolutional =
  (name: string): Maker =>
  async () => {
    const tensors = new Map<string, StoredTensor>(
      [...tensorsOf(architectures[name]!, classes)].map(([key, shape]) => [
        key,
        { type: 'F32', shape, read: async () => weightOf(key, shape) },
      ]),
    )
    const weights: StateDict = { subject: name, format: 'made', tensors, settings: new Map(), close: async () => undefined }
    const { bytes } = await toOnnx(weights, { architecture: name, classes, name, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] })
    return { bytes, card: cardOf(name) }
  }

const transformer =
  (name: string, width: number, heads: number, depth: number): Maker =>
  async () => ({ bytes: visionTransformer({ width, heads, depth }), card: vitCard(name) })

/** Next to no work: what is left is the way of the pictures to the device, and back. */
const nothing: Maker = async () => {
  const graph = newGraph('nothing')
  const planes = graph.node('Transpose', 'planes', [graph.input('image', 'uint8', ['N', side, side, 3])], { perm: [0, 3, 1, 2] })
  const pixels = graph.node('Cast', 'pixels', [planes], { to: 1 })
  const small = graph.node('AveragePool', 'small', [pixels], { kernel_shape: [8, 8], strides: [8, 8] })
  const kernel = graph.constant('kernel', normals(classes * 3, 0.01, 1), [classes, 3, 1, 1])
  const flat = graph.node('Flatten', 'flat', [graph.node('GlobalAveragePool', 'mean', [graph.node('Conv', 'classes', [small, kernel])])], {
    axis: 1,
  })
  graph.output(graph.node('Softmax', 'probabilities', [flat], { axis: -1 }), 'float32', ['N', classes])
  return { bytes: graph.bytes(), card: cardOf('nothing') }
}

const makers = {
  nothing,
  resnet18: convolutional('resnet18'),
  resnet50: convolutional('resnet50'),
  mobilenet_v2: convolutional('mobilenet_v2'),
  vit_s: transformer('vit_s', 384, 6, 12),
  vit_b: transformer('vit_b', 768, 12, 12),
  vit_l: transformer('vit_l', 1024, 16, 24),
} as const satisfies Readonly<Record<string, Maker>>

export type NetworkName = keyof typeof makers
export const networkNames = Object.keys(makers) as readonly NetworkName[]

/** The graph that `tiastream models convert --fp16` would make, without its comparisons on the CPU, which take minutes for a large network. */
async function inHalf(folder: string): ReturnType<Maker> {
  const { model } = await readOnnx(path.join(folder, 'model.onnx'))
  const pixels = new Set([...(pixelSteps(model.graph!)?.nodes ?? [])].flatMap(({ output }) => output))
  const graph = inHalves(model.graph!, (await typesOf(model, folder)).types, pixels, folder)
  return { bytes: encodeModel({ ...model, graph }), card: await readFile(path.join(folder, 'model.yml'), 'utf8') }
}

/** Its folder, made once. */
export async function networkFolder(name: NetworkName, numbers: Numbers): Promise<string> {
  const folder = dataPath('models', `random-${name}-${numbers}`)
  if (existsSync(path.join(folder, 'model.yml'))) return folder
  const { bytes, card } = numbers === 'fp32' ? await makers[name]() : await inHalf(await networkFolder(name, 'fp32'))
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'model.onnx'), bytes)
  await writeFile(path.join(folder, 'model.yml'), card)
  return folder
}
