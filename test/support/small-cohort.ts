/** A cohort of one small slide with a mask and code of the user, for tests of what makes its rows again. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stainModel } from '../../src/workshop/zoo/stain.js'
import { buildTiff, rgbPage } from '../readers/tiff-builder.js'

/** Pixels a side: 784 patches of 16. */
export const side = 448

/** The same file but for the bytes of its pixels, which are all turned by `turn`. */
export function slideBytes(turn = 0, height = side, width = side): Buffer {
  return buildTiff([rgbPage({ width, height, tile: 64 }, (bytes) => bytes.map((byte) => byte ^ turn))])
}

/** `.npy` of 2 × 2 bytes: which quarters of the slide are tissue. */
export function maskBytes(...tissue: readonly [number, number, number, number]): Buffer {
  const text = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }"
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text}`.padEnd(127).concat('\n'), 'latin1')
  head.writeUInt16LE(head.length - 10, 8)
  return Buffer.concat([head, Buffer.from(tissue)])
}

export const pipelineText = `
output: ./out
slides: { list: lists/l.csv }
stages:
  - grid: { size: 16 px, at: baseline }
  - mask: { file: "masks/{slide}.npy" }
  - extract
  - batch: { size: 4 }
  - infer: { model: ./model }
  - merge
  - rows: { module: ./code/rows.mjs, columns: [{ name: score, type: float64 }] }
sinks: [csv]
runtime: { lanes: 1 }
`

/** The bundled model, for small patches. */
const card = `name: small
about: Shares of stain.
inputs: [{ name: image, size: 16 px, layout: NHWC, channels: RGB, dtype: uint8 }]
outputs:
  - name: classes
    kind: classes
    classes: [{ name: background, color: "#d9d9d9" }, { name: hematoxylin-rich, color: "#5b4ea3" }, { name: eosin-rich, color: "#e7819f" }]
  - { name: focus, kind: values, values: [{ name: focus, about: Sharpness. }] }
`

/** All of it below `folder`; the pipeline is `p.yml`. */
export async function writeCohort(folder: string): Promise<string> {
  for (const name of ['slides', 'lists', 'masks', 'code/lib', 'model']) await mkdir(path.join(folder, name), { recursive: true })
  const put = (name: string, content: string | Uint8Array) => writeFile(path.join(folder, name), content)
  await put('slides/a.tif', slideBytes())
  await put('lists/l.csv', 'uri,age\n../slides/a.tif,61\n')
  await put('masks/a.npy', maskBytes(1, 1, 1, 0))
  await put(
    'code/rows.mjs',
    "import { factor } from './lib/factor.mjs'\nexport default (rows) => rows.map((row) => ({ ...row, score: factor }))\n",
  )
  await put('code/lib/factor.mjs', "import numbers from './numbers.json' with { type: 'json' }\nexport const factor = numbers[0]\n")
  await put('code/lib/numbers.json', '[1]')
  await put('model/model.onnx', stainModel())
  await put('model/model.yml', card)
  await put('p.yml', pipelineText)
  return path.join(folder, 'p.yml')
}

/** Changes a file of the cohort by text. */
export async function edit(folder: string, name: string, from: string, to: string): Promise<void> {
  const file = path.join(folder, name)
  const text = await readFile(file, 'utf8')
  if (!text.includes(from)) throw new Error(`${name} does not hold ${from}`)
  await writeFile(file, text.replace(from, to))
}
