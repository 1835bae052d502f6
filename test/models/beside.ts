/** The same model with its tensors in a file beside it, as large exports have them. */

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ModelCard } from '../../src/core/model.js'
import { readCard } from '../../src/models/card/card.js'
import { decodeModel, encodeModel } from '../../src/models/onnx/schema.js'

/** Puts the tensors of `onnx` into `data/w.bin` of a model's folder, and the rest into its `model.onnx`. */
export async function keptBeside(folder: string, onnx: Uint8Array): Promise<ModelCard> {
  const model = decodeModel(onnx, 'beside')
  const data: Uint8Array[] = []
  let at = 0
  const initializer = model.graph!.initializer.map(({ rawData, ...tensor }) => {
    const bytes = new Uint8Array(rawData!)
    const place = { location: 'data/w.bin', offset: at, length: bytes.length }
    data.push(bytes)
    at += bytes.length
    return { ...tensor, dataLocation: 1, externalData: Object.entries(place).map(([key, value]) => ({ key, value: String(value) })) }
  })
  await mkdir(path.join(folder, 'data'), { recursive: true })
  await writeFile(path.join(folder, 'data/w.bin'), Buffer.concat(data))
  await writeFile(path.join(folder, 'model.onnx'), encodeModel({ ...model, graph: { ...model.graph!, initializer } }))
  return readCard(folder)
}
