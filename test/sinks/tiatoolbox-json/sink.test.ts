import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { predictionColumns, predictions, probabilityColumns, temporary, writeTable } from '../tables.js'

const answered = (count: number) => [...predictions(count)].filter(({ prediction }) => prediction !== null)

for (const count of [0, 1, 250, 5000]) {
  test(`${count} patches: the lists of raw.json, without those that have no answer`, async (t) => {
    const folder = await temporary(t)
    await writeTable('tiatoolbox-json', path.join(folder, 'x'), predictionColumns, predictions(count))
    const raw = JSON.parse(await readFile(path.join(folder, 'x'), 'utf8'))
    const rows = answered(count)
    t.deepEqual(Object.keys(raw).slice(0, 7), [
      'probabilities',
      'predictions',
      'coordinates',
      'label',
      'pretrained_model',
      'resolution',
      'units',
    ])
    t.deepEqual(
      raw.predictions,
      rows.map(({ prediction }) => prediction),
    )
    t.deepEqual(
      raw.coordinates,
      rows.map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1]),
    )
    t.deepEqual(
      raw.probabilities.map((list: number[]) => list.map(Math.fround)),
      rows.map((row) => probabilityColumns.map((name) => row[name])),
    )
    t.deepEqual([raw.label, raw.pretrained_model, raw.resolution, raw.units], [null, 'tissue3', 0.5, 'mpp'])
    t.deepEqual(await readdir(folder), ['x'])
  })
}

test('without probabilities, and with the label of the slide', async (t) => {
  const file = path.join(await temporary(t), 'x')
  const columns = [...predictionColumns, { name: 'label', type: 'category', nullable: true, about: '' } as const]
  const rows = [...predictions(100)].map((row) => ({ ...row, label: 'Tumor' }))
  await writeTable('tiatoolbox-json', file, columns, rows, { probabilities: false })
  const raw = JSON.parse(await readFile(file, 'utf8'))
  t.false('probabilities' in raw)
  t.is(raw.predictions.length, answered(100).length)
  t.is(raw.label, 'Tumor')
})
