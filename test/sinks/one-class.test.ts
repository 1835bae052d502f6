/** A model of a single class: below one half a row has no class, and TIAToolbox has no row without. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import { batchesOf } from '../../src/core/batches/batches-of.js'
import { contextOf, model, openSink, predictionColumns, predictions, temporary } from './tables.js'

test('no patch is lost to TIAToolbox: all are of the only class, as by its argmax, and their probabilities say whether', async (t) => {
  const folder = await temporary(t)
  const [first] = model.outputs[0]!.classes
  const column = first!.column!
  const columns = predictionColumns.filter(({ name }) => !name.startsWith('prob_') || name === column)
  const probabilities = [0.75, 0.25, null, 0.5, 0]
  const rows = [...predictions(probabilities.length)].map((row, i) => {
    const probability = probabilities[i]!
    const isIt = probability !== null && probability >= 0.5
    return { ...row, prediction: isIt ? 0 : null, class: isIt ? first!.name : null, [column]: probability }
  })
  const write = async (sink: string, name: string, options = {}) => {
    const context = contextOf(path.join(folder, name), columns)
    const only = { ...context.provenance.model!, outputs: [{ ...context.provenance.model!.outputs[0]!, classes: [first!], width: 1 }] }
    const asked = { ...context, provenance: { ...context.provenance, model: only } }
    await pipeline(batchesOf(columns, rows), await openSink(sink, { file: name, ...options }, asked))
  }
  const json = async (...names: string[]) => JSON.parse(await readFile(path.join(folder, ...names), 'utf8'))
  await write('tiatoolbox-json', 'a.json')
  const raw = await json('a.json')
  t.deepEqual(raw.probabilities, [[0.75], [0.25], [0.5], [0]])
  t.deepEqual(raw.predictions, [0, 0, 0, 0])
  await write('zarr', 'a.zarr')
  for (const [array, shape] of [
    ['predictions', [4]],
    ['probabilities', [4, 1]],
    ['coordinates', [4, 4]],
  ] as const)
    t.deepEqual((await json('a.zarr', array, '.zarray')).shape, shape)
  // Without its probability nothing would tell them apart.
  await write('tiatoolbox-json', 'b.json', { probabilities: false })
  t.deepEqual((await json('b.json')).predictions, [0, 0])
})
