/** Tables of schema 1 call their columns otherwise (`column`, `row`, `prob_a-b`): whoever reads tables says of them what it says of new ones. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import type { Column, Row } from '../../src/core/row.js'
import { exportTable } from '../../src/pipeline/export.js'
import { evaluate } from '../../src/results/evaluate/evaluate.js'
import { factsOf } from '../../src/results/facts.js'
import { openResults } from '../../src/results/open.js'
import { gather } from '../../src/results/report/gather.js'
import { classesOf } from '../../src/results/tables.js'
import { Marks } from '../../src/results/view/marks.js'
import { openParquet } from '../../src/sinks/parquet/read.js'
import { tempFolder } from '../support/temp.js'
import { demo, demoAbout } from './demo-output.js'
import { columnsOf, writeSlide } from './outputs.js'

/** By the rule of today the first would take the name that the second had. */
const classes = ['a-b', 'a_b', 'hematoxylin-rich'].map((name) => ({ name, color: '#e41a1c' }))
const names = { old: ['prob_a-b', 'prob_a_b', 'prob_hematoxylin-rich'], now: ['prob_a_b', 'prob_a_b_2', 'prob_hematoxylin_rich'] }
const places = { old: ['bx', 'by', 'bw', 'bh'], now: ['base_x', 'base_y', 'base_w', 'base_h'] }
const cells = { old: ['column', 'row'], now: ['grid_x', 'grid_y'] }
type Age = 'old' | 'now'

const ending: Readonly<Record<string, string>> = { qupath: '.geojson', wsinfer: '.csv', overlay: '.png', map: '.png' }

const pixels = (png: Buffer) => sharp(png).removeAlpha().raw().toBuffer()

/** Four patches in a row: class 0, 1, 2 and 2 with 0.7, the others 0.2 and 0.1; the last one is labelled wrong. */
async function written(folder: string, id: string, age: Age): Promise<string> {
  const [x, y] = cells[age] as [string, string]
  const rows = [0, 1, 2, 2].map(
    (prediction, i): Row => ({
      ...{ slide: id, index: i, x0: i * 448, y0: 0, x1: (i + 1) * 448, y1: 448, tissue: 1 },
      ...Object.fromEntries(places[age].map((name, k) => [name, [i * 448, 0, 448, 448][k]!])),
      ...{ [x]: i, [y]: 0, status: 'ok', prediction, class: classes[prediction]!.name },
      ...Object.fromEntries(names[age].map((name, k) => [name, [0.7, 0.2, 0.1][(k + 3 - prediction) % 3]!])),
      label: classes[i === 3 ? 0 : prediction]!.name,
    }),
  )
  const cell = (name: string): Column => ({ name, type: 'int32', about: 'Cell of the grid.' })
  const columns = columnsOf(classes, 'slide', true).map((one) => {
    const k = [...names.now, ...places.now].indexOf(one.name)
    return k < 0 ? one : { ...one, name: [...names[age], ...places[age]][k]! }
  })
  await writeSlide(folder, {
    ...{ id, classes, columns: [...columns, cell(x), cell(y)], rows, about: await demoAbout(), uri: demo },
    schemaVersion: age === 'old' ? '1' : '2',
  })
  return path.join(folder, `${id}.parquet`)
}

async function both(t: ExecutionContext): Promise<Readonly<Record<Age, string>>> {
  const folder = await tempFolder(t)
  return { old: await written(folder, 'old', 'old'), now: await written(folder, 'now', 'now') }
}

test('its classes are found in its own columns', async (t) => {
  const files = await both(t)
  for (const age of ['old', 'now'] as const) {
    const table = await openParquet(files[age])
    t.deepEqual(
      classesOf(table).map(({ name, column }) => [name, column]),
      classes.map(({ name }, i) => [name, names[age][i]!]),
    )
    // What the report and the viewer go by: the mean of 0.7 for each class, and 0.7 for each patch.
    const { classes: found } = await gather(table)
    for (const { confidence } of found) t.true(Math.abs(confidence! - 0.7) < 1e-6)
    const marks = await Marks.read(table)
    for (let i = 0; i < 4; i++) t.true(marks.isShown(i, { isShown: () => true, min: 0.69 }) && marks.predictionOf(i) === Math.min(i, 2))
    t.deepEqual((await factsOf(files[age])).classes, { 'a-b': 1, a_b: 1, 'hematoxylin-rich': 2 })
  }
})

test('an output of both is evaluated as one', async (t) => {
  const folder = path.dirname((await both(t)).old)
  const { accuracy, patches, classes: scores } = await evaluate(await openResults(folder))
  t.is(patches, 8)
  t.is(accuracy, 6 / 8)
  // Probabilities of class k by prediction: 0.7 of its own; a-b 0.1 under a_b and 0.2 under the third, a_b 0.2 and 0.1, the third 0.1 and 0.2.
  // a-b: labels at 0.7 and 0.2 against 0.1 (a_b) and 0.2 (third): 3.5 of 4 pairs are right. a_b: 0.7 against 0.2, 0.1, 0.1: all.
  // The third: 0.7 against 0.1, 0.2, 0.7: 2.5 of 3.
  t.deepEqual(
    scores.map(({ name, support, rocAuc }) => [name, support, rocAuc]),
    [
      ['a-b', 4, 3.5 / 4],
      ['a_b', 2, 1],
      ['hematoxylin-rich', 2, 2.5 / 3],
    ],
  )
})

test('exports have the same numbers, under the names that their readers expect', async (t) => {
  const files = await both(t)
  const out = async (age: Age, to: string, options = {}) => {
    const { file } = await exportTable(files[age], {
      to,
      options,
      output: path.join(path.dirname(files[age]), `${age}.${to}${ending[to]}`),
    })
    return readFile(file)
  }
  const features = async (age: Age) =>
    (JSON.parse((await out(age, 'qupath')).toString()).features as { properties: { measurements: object } }[]).map(
      ({ properties }) => properties.measurements,
    )
  const [old, now] = [await features('old'), await features('now')]
  t.deepEqual(old, now)
  t.deepEqual(Object.keys(old[0]!), ['tissue', 'prob_a-b', 'prob_a_b', 'prob_hematoxylin-rich'])
  const lines = async (age: Age) => (await out(age, 'wsinfer')).toString().split('\n')
  const table = await lines('now')
  t.deepEqual(await lines('old'), table)
  t.is(table[0], 'minx,miny,width,height,prob_a-b,prob_a_b,prob_hematoxylin-rich')
  const heat = { class: 'hematoxylin-rich', at: '16 mpp', legend: false }
  for (const [to, options] of [
    ['overlay', heat],
    ['map', { at: '16 mpp' }],
  ] as const) {
    t.true((await pixels(await out('old', to, options))).equals(await pixels(await out('now', to, options))), to)
  }
  await t.throwsAsync(exportTable(files.old, { to: 'overlay', options: { class: 'nobody' }, force: true }), { code: 'OPTION_INVALID' })
})
