/** What is drawn from probabilities shows the classes of the rows, or the run says that it does not. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { batchesOf } from '../../../src/core/batches/batches-of.js'
import type { Row } from '../../../src/core/row.js'
import { DrawnClasses } from '../../../src/pipeline/run/drawn-class.js'
import { contextOf, predictionColumns, predictions } from '../../sinks/tables.js'
import { runFile } from '../../support/pipeline-file.js'
import { slideBytes, writeCohort } from '../../support/small-cohort.js'
import { tempFolder } from '../../support/temp.js'

type Sinks = ConstructorParameters<typeof DrawnClasses>[0]['sinks']

const { provenance } = contextOf('', predictionColumns)
const probabilities = predictionColumns.flatMap(({ name }) => (name.startsWith('prob_') ? [name] : []))

async function told(change: (row: Row) => Row, options: object = {}): Promise<number> {
  const sinks = ['parquet', 'map', 'overlay'].map((name) => ({ name, options })) as unknown as Sinks
  const drawn = new DrawnClasses({ sinks, columns: predictionColumns, provenance })
  let count = 0
  for await (const batch of batchesOf(predictionColumns, [...predictions(120)].map(change))) count += drawn.apart(batch).length
  return count
}

test('a class that is not that of its highest probability is told once; what has none is not drawn', async (t) => {
  const other = (row: Row): Row =>
    row.prediction === null ? row : { ...row, prediction: ((row.prediction as number) + 1) % probabilities.length }
  t.is(await told((row) => row), 0)
  t.is(await told(other), 1)
  t.is(await told((row) => ({ ...row, prediction: null })), 1)
  t.is(await told(other, { class: 'x' }), 0, 'a probability is drawn')
  t.is(await told((row) => ({ ...other(row), [probabilities[0]!]: null })), 0)
  const even = Object.fromEntries(probabilities.map((name) => [name, 0.5]))
  t.is(await told((row) => (row.prediction === null ? row : { ...other(row), ...even })), 0, 'all are the highest')
})

test('a run whose rows module changes the class alone says what its map shows', async (t) => {
  const folder = await tempFolder(t)
  const file = await writeCohort(folder)
  await writeFile(path.join(folder, 'slides/a.tif'), slideBytes(0, 32, 32))
  const word = ['background', 'hematoxylin-rich', 'eosin-rich']
  const flip = `const words = ${JSON.stringify(word)}\nexport default (rows) => rows.map((row) => ({ ...row, prediction: 0, class: words[0] }))\n`
  await writeFile(path.join(folder, 'code/flip.mjs'), flip)
  const stages =
    'stages: [{ grid: { size: 16 px, at: baseline } }, extract, { batch: { size: 4 } }, { infer: { model: ./model } }, merge, { rows: { module: ./code/flip.mjs } }]'
  await writeFile(
    file,
    `output: ./out\nslides: { list: lists/l.csv }\n${stages}\nsinks: [csv, { map: { at: baseline } }]\nruntime: { lanes: 1 }\n`,
  )
  const { events } = await runFile(file)
  const warnings = events.flatMap((event) => (event.type === 'warning' && event.code === 'ROWS_CLASS' ? [event.message] : []))
  t.deepEqual(warnings, [
    'rows of a have a prediction that is not the class of their highest probability, which is what map shows: change the probabilities as well, or leave them out (keep:)',
  ])
})
