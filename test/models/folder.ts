/** Model folders made for one test, batches of plain patches, and models of a few nodes whose answers are known by arithmetic. */

import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import type { Patch, PatchBatch } from '../../src/core/items.js'
import type { ModelCard } from '../../src/core/model.js'
import { readCard } from '../../src/models/card/card.js'
import { type Graph, newGraph } from '../../src/models/onnx/graph.js'

export async function scratch(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tiastream-model-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A folder with `model.yml` and `model.onnx` (bytes, or a file to copy). */
export async function modelFolder(t: ExecutionContext, card: string | Uint8Array, onnx: Uint8Array | string): Promise<string> {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'model.yml'), card)
  if (typeof onnx === 'string') await copyFile(onnx, path.join(folder, 'model.onnx'))
  else await writeFile(path.join(folder, 'model.onnx'), onnx)
  return folder
}

export async function cardOf(t: ExecutionContext, card: string | Uint8Array, onnx: Uint8Array | string): Promise<ModelCard> {
  return readCard(await modelFolder(t, card, onnx))
}

/** The mean of each channel of what the graph is fed: float in, [N, 3] out. `post` adds nodes to the mean. */
export function meanModel(
  type: 'float32' | 'float16' = 'float32',
  layout: 'NCHW' | 'NHWC' = 'NCHW',
  batch: number | string = 'N',
  side = 4,
  post: (graph: Graph, value: string) => string = (_, value) => value,
): Uint8Array {
  const graph = newGraph('mean')
  const planar = layout === 'NCHW'
  const x = graph.input('x', type, planar ? [batch, 3, side, side] : [batch, side, side, 3])
  const mean = graph.node('ReduceMean', 'mean', [x], { axes: planar ? [2, 3] : [1, 2], keepdims: 0 })
  const out = post(graph, mean)
  graph.output(out, type, [batch, 3])
  return graph.bytes()
}

export const patchAt = (index: number): Patch => ({
  slide: 's1',
  index,
  column: index,
  row: 0,
  bounds: [index * 4, 0, index * 4 + 4, 4],
  region: { x: index * 4, y: 0, width: 4, height: 4 },
  notes: {},
})

/** `colors[i]` is the one colour of picture i; null: the patch cannot be read. */
export function plainBatch(colors: readonly (readonly [number, number, number] | null)[], side = 4, first = 0): PatchBatch {
  const readable = colors.filter((color) => color !== null)
  const data = new Uint8Array(readable.length * side * side * 3)
  readable.forEach((color, i) => {
    for (let p = 0; p < side * side; p++) data.set(color, (i * side * side + p) * 3)
  })
  return {
    patches: colors.map((_, i) => patchAt(first + i)),
    statuses: colors.map((color) => (color === null ? { status: 'unreadable', error: 'no pixels' } : { status: 'ok' })),
    inputs: [{ data, width: side, height: side }],
    outputs: {},
  }
}

export const meanCard = (more = '', output = 'kind: features') => `
name: mean
inputs: [{ ${more === '' ? 'scale: 1' : more} }]
outputs: [{ ${output} }]
`
