/**
 * Tensors that lie in files beside the model, as everything does that is larger than two gigabytes: read before they are computed with,
 * written beside again where one file cannot hold them.
 */

import { createHash } from 'node:crypto'
import { open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { onDisk } from '../../core/files/on-disk.js'
import type { OnnxFile } from './onnx-file.js'
import { encodeModel, type ModelProto, type TensorProto } from './schema.js'
import { bytesAt, refused } from './tensor-places.js'
import { walkModel } from './walk.js'

/** Of one file with everything inside; protobuf ends at 2 GiB. */
const mostInside = 2 ** 30
/** Smaller tensors stay in the graph, where the runtime reads shapes from them. */
const leastOutside = 1024
const dataFile = 'model.onnx.data'

/** The model with the bytes of its tensors. Throws EXTERNAL_DATA where a tensor is not where it says. */
export async function withTensors({ file, model, facts }: OnnxFile): Promise<ModelProto> {
  if (facts.externalFiles.length === 0) return model
  const graph = model.graph!
  const refuse = (why: string) => refused(file, why)
  let outside = 0
  walkModel(model, {
    tensor: ({ dataLocation }) => {
      if (dataLocation === 1) outside++
    },
  })
  if (outside !== graph.initializer.filter(({ dataLocation }) => dataLocation === 1).length)
    throw refuse('tensors inside of its nodes lie in other files, which is not read')
  // A place that many tensors name is read once: what is held is never more than what the files hold.
  const read = new Map<string, Uint8Array>()
  const initializer: TensorProto[] = []
  for (const tensor of graph.initializer) {
    if (tensor.dataLocation !== 1) initializer.push(tensor)
    else initializer.push({ ...tensor, rawData: await bytesAt(tensor, path.dirname(file), read, refuse) })
  }
  return { ...model, graph: { ...graph, initializer } }
}

/** Writes a model as `file`, with a file of tensors beside it when they are more than `most` bytes; its sha256, as `readOnnx` says it. */
export async function writeModel(file: string, model: ModelProto, most = mostInside): Promise<{ readonly sha256: string }> {
  const graph = model.graph!
  const total = graph.initializer.reduce((sum, { rawData }) => sum + (rawData?.length ?? 0), 0)
  const hash = createHash('sha256')
  if (total <= most) {
    const initializer = graph.initializer.map(inside)
    const bytes = encodeModel({ ...model, graph: { ...graph, initializer } })
    await writeFile(file, bytes, { flush: true })
    return { sha256: hash.update(bytes).digest('hex') }
  }
  const initializer: TensorProto[] = []
  const chunks: Uint8Array[] = []
  let at = 0
  for (const tensor of graph.initializer) {
    const whole = inside(tensor)
    const { rawData, ...rest } = whole
    if (!rawData || rawData.length < leastOutside) {
      initializer.push(whole)
      continue
    }
    const place = { location: dataFile, offset: String(at), length: String(rawData.length) }
    initializer.push({ ...rest, dataLocation: 1, externalData: Object.entries(place).map(([key, value]) => ({ key, value })) })
    // Offsets are multiples of a page, so that the runtime can map the file.
    const gap = new Uint8Array((4096 - (rawData.length % 4096)) % 4096)
    chunks.push(rawData, gap)
    at += rawData.length + gap.length
  }
  const bytes = encodeModel({ ...model, graph: { ...graph, initializer } })
  await writeFile(file, bytes, { flush: true })
  hash.update(bytes)
  const handle = await open(path.join(path.dirname(file), dataFile), 'w')
  try {
    for (const chunk of chunks) {
      hash.update(chunk)
      await handle.writeFile(chunk)
    }
    await onDisk(handle)
  } finally {
    await handle.close()
  }
  return { sha256: hash.digest('hex') }
}

function inside({ externalData: _, dataLocation: _also, ...tensor }: TensorProto): TensorProto {
  return { ...tensor }
}
