/**
 * A cohort whose every value follows from arithmetic: slides of one colour each, a model that says the mean of each channel as a vector and its softmax
 * as classes, and a list with columns of its own. One slide fails, one has no patch, one has no answer.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { newGraph } from '../../../src/models/onnx/graph.js'
import { buildTiff } from '../../readers/tiff-builder.js'

export interface Colour {
  readonly id: string
  /** In patches of 16 pixels. */
  readonly across: number
  readonly down: number
  readonly rgb: readonly [number, number, number]
  readonly age: number | null
  readonly tissue: boolean
}

/** `002` is black: what its mean is divided by is 0. The long id has more letters than old writers keep of a bound. */
export const colours: readonly Colour[] = [
  { id: '001', across: 4, down: 2, rgb: [200, 100, 50], age: 61.5, tissue: true },
  { id: '002', across: 3, down: 2, rgb: [0, 0, 0], age: null, tissue: true },
  { id: '010', across: 5, down: 4, rgb: [10, 20, 30], age: 70, tissue: false },
  { id: 'study-2024-hospital-cohort-slide-0001', across: 6, down: 5, rgb: [90, 91, 92], age: 48, tissue: true },
  { id: 'study-2024-hospital-cohort-slide-0002', across: 2, down: 2, rgb: [40, 80, 120], age: 55.25, tissue: true },
]

/** Its file is cut off. */
export const broken = 'broken'

export const classNames = ['hematoxylin-rich', 'eosin-rich', 'no tissue']

const side = 16

/** Softmax of the channels' means divided by 64, in the order of the classes. */
export function sharesOf([r, g, b]: Colour['rgb']): readonly number[] {
  const powers = [r, g, b].map((value) => Math.exp(value / 64))
  const sum = powers.reduce((all, one) => all + one, 0)
  return powers.map((one) => one / sum)
}

export const patchesOf = ({ across, down, tissue }: Colour): number => (tissue ? across * down : 0)
export const isAnswered = ({ rgb }: Colour): boolean => rgb.every((value) => value > 0)

/** Means that are 0 become no number: 0 / 0. */
function model(): Uint8Array {
  const graph = newGraph('mean')
  const x = graph.input('x', 'float32', ['N', 3, side, side])
  const mean = graph.node('ReduceMean', 'mean', [x], { axes: [2, 3], keepdims: 0 })
  const one = graph.node('Div', 'one', [mean, mean])
  const vector = graph.node('Mul', 'features', [mean, one])
  const logits = graph.node('Div', 'logits', [vector, graph.constant('scale', new Float32Array([64]))])
  graph.output(graph.node('Softmax', 'classes', [logits], { axis: 1 }), 'float32', ['N', 3])
  graph.output(vector, 'float32', ['N', 3])
  return graph.bytes()
}

function slide({ across, down, rgb }: Colour): Buffer {
  const tile = Uint8Array.from({ length: side * side * 3 }, (_, i) => rgb[i % 3]!)
  const [width, height] = [across * side, down * side]
  const tags = { 256: [width], 257: [height], 258: [8, 8, 8], 259: [1], 262: [2], 277: [3], 284: [1], 322: [side], 323: [side] }
  return buildTiff([{ tags, tiles: Array<Uint8Array>(across * down).fill(tile) }])
}

export interface Asked {
  readonly sinks?: string
  readonly which?: readonly Colour[]
  readonly withBroken?: boolean
}

/** Writes slides, masks, list and model into the folder, and the pipeline, whose path it gives. Results go to `out`. */
export async function writeColours(
  folder: string,
  { sinks = '[parquet]', which = colours, withBroken = true }: Asked = {},
): Promise<string> {
  for (const name of ['in', 'masks', 'mean']) await mkdir(path.join(folder, name), { recursive: true })
  for (const one of which) {
    await writeFile(path.join(folder, `in/${one.id}.tif`), slide(one))
    const background = one.tissue ? '#fff' : '#000'
    await sharp({ create: { width: one.across * side, height: one.down * side, channels: 3, background } })
      .png()
      .toFile(path.join(folder, `masks/${one.id}.png`))
  }
  const lines = which.map(({ id, age }) => `in/${id}.tif,${id},0.5,masks/${id}.png,${age ?? ''},p-${id}`)
  if (withBroken) {
    await writeFile(path.join(folder, `in/${broken}.tif`), slide(which[0]!).subarray(0, 100))
    lines.push(`in/${broken}.tif,${broken},0.5,,50,p-${broken}`)
  }
  await writeFile(path.join(folder, 'list.csv'), `${['uri,id,mpp,mask,age,patient', ...lines].join('\n')}\n`)
  await writeFile(path.join(folder, 'mean/model.onnx'), model())
  const named = classNames.map((name) => `{ name: ${name} }`).join(', ')
  await writeFile(
    path.join(folder, 'mean/model.yml'),
    `name: mean
file: model.onnx
inputs: [{ name: x, size: ${side} px, scale: 1 }]
outputs:
  - { name: classes, kind: classes, in_graph: softmax, classes: [${named}] }
  - { name: features, kind: features }
`,
  )
  const file = path.join(folder, 'pipeline.yml')
  await writeFile(
    file,
    `output: ./out
slides: { list: ./list.csv }
stages:
  - grid: { size: ${side} px, at: baseline }
  - mask: { keep: 50 % }
  - extract
  - batch: { size: 4 }
  - infer: { model: ./mean }
  - merge
sinks: ${sinks}
runtime: { lanes: 1 }
`,
  )
  return file
}
