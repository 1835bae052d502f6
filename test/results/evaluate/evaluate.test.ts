/** The evaluation against scikit-learn's committed numbers, and what it refuses. */

import test from 'ava'
import { PipelineError } from '../../../src/core/errors.js'
import { evaluate } from '../../../src/results/evaluate/evaluate.js'
import { textOf } from '../../../src/results/evaluate/text.js'
import { openResults } from '../../../src/results/open.js'
import { gather } from '../../../src/results/report/gather.js'
import { type TableOfSlide, tableOf } from '../../../src/results/tables.js'
import { tempFolder } from '../../support/temp.js'
import { columnsOf, writeSlide } from '../outputs.js'
import { cases, classesNamed, equalsSklearn, rowsOf, writeCase } from './golden.js'

for (const [name, one] of Object.entries(cases)) {
  test(`${name}: every score is scikit-learn's, over two tables`, async (t) => {
    const folder = await tempFolder(t)
    await writeCase(folder, one)
    equalsSklearn(t, await evaluate(await openResults(folder)), one.expected)
  })
}

const three = {
  classes: ['tumour', 'stroma', 'fat'],
  labels: [0, 1, 2, 0],
  predictions: [0, 1, 1, 2],
  probabilities: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
}

async function folderOf(
  t: Parameters<typeof tempFolder>[0],
  change: (rows: ReturnType<typeof rowsOf>) => void,
  label = true,
): Promise<string> {
  const folder = await tempFolder(t)
  const classes = classesNamed(three.classes)
  const rows = rowsOf(three, 'a')
  change(rows)
  await writeSlide(folder, { id: 'a', classes, columns: columnsOf(classes, 'set', label), rows, about: { kind: 'set' } })
  return folder
}

test('rows without a label or a prediction are left out and counted', async (t) => {
  const folder = await folderOf(t, (rows) => {
    rows[0]!.label = null
    Object.assign(rows[1]!, { status: 'unreadable', prediction: null, class: null, prob_tumour: null, prob_stroma: null, prob_fat: null })
  })
  const evaluation = await evaluate(await openResults(folder))
  t.deepEqual(evaluation.leftOut, { unlabelled: 1, unpredicted: 1 })
  t.is(evaluation.patches, 2)
  t.is(evaluation.accuracy, 0)
  t.regex(textOf(evaluation), /left out: 1 without a label, 1 without a prediction/)
})

test('a predicted patch whose probability is null or no number is scored, and nothing is ranked by it', async (t) => {
  for (const odd of [null, Number.NaN]) {
    const folder = await folderOf(t, (rows) => {
      rows[3]!.prob_fat = odd
    })
    const { patches, accuracy, rocAuc, classes } = await evaluate(await openResults(folder))
    t.deepEqual({ patches, accuracy, rocAuc }, { patches: 4, accuracy: 0.5, rocAuc: null })
    t.true(classes.every((one) => one.rocAuc === null))
  }
})

test('a prediction that is no number of a class is no answer', async (t) => {
  for (const odd of [3, -1]) {
    const folder = await folderOf(t, (rows) => {
      rows[1]!.prediction = odd
    })
    const results = await openResults(folder)
    await t.throwsAsync(evaluate(results), { code: 'TABLE_UNREADABLE', message: new RegExp(`predicts class ${odd}, but there are 3$`) })
  }
})

test('rows that say the class by its name alone are scored by it', async (t) => {
  const folder = await tempFolder(t)
  const classes = classesNamed(three.classes)
  const columns = columnsOf(classes, 'set', true).filter(({ name }) => name !== 'prediction')
  const rows = rowsOf(three, 'a')
  rows[1]!.class = null
  await writeSlide(folder, { id: 'a', classes, columns, rows, about: { kind: 'set' } })
  const { accuracy, patches, leftOut } = await evaluate(await openResults(folder))
  t.deepEqual({ accuracy, patches, leftOut }, { accuracy: 1 / 3, patches: 3, leftOut: { unlabelled: 0, unpredicted: 1 } })
  rows[1]!.class = 'bone'
  await writeSlide(folder, { id: 'a', classes, columns, rows, about: { kind: 'set' } })
  await t.throwsAsync(evaluate(await openResults(folder)), { code: 'TABLE_UNREADABLE', message: /predicts the class 'bone'/ })
})

test('of a model of one class a probability below one half is an answer, too: none, as the one other label is called', async (t) => {
  const folder = await tempFolder(t)
  const classes = classesNamed(['tumour'])
  const write = (labels: readonly string[]) => {
    const rows = [0.9, 0.6, 0.4, 0.3, 0.7, 0.1, null].map((prob_tumour, i) => {
      const said = prob_tumour !== null && prob_tumour >= 0.5
      const answer = { prediction: said ? 0 : null, class: said ? 'tumour' : null, prob_tumour }
      return { slide: 'a', index: i, file: `${i}.png`, status: prob_tumour === null ? 'unreadable' : 'ok', label: labels[i]!, ...answer }
    })
    return writeSlide(folder, { id: 'a', classes, columns: columnsOf(classes, 'set', true), rows, about: { kind: 'set' } })
  }
  await write(['tumour', 'tumour', 'tumour', 'tumour', 'normal', 'normal', 'normal'])
  const { accuracy, patches, leftOut, confusion, classes: scored, rocAuc } = await evaluate(await openResults(folder))
  t.deepEqual([accuracy, patches, leftOut.unpredicted], [3 / 6, 6, 1])
  t.deepEqual(confusion.counts, [
    [2, 2],
    [1, 1],
  ])
  t.deepEqual(
    scored.map(({ name, recall }) => [name, recall]),
    [
      ['tumour', 0.5],
      ['normal', 0.5],
    ],
  )
  // Of the eight pairs of a tumour and a normal one five are in order: 0.7 is above three of the four.
  t.is(rocAuc?.macro, 5 / 8)
  // The report counts those labelled as the class alone.
  const { labels } = await gather(await tableOf((await openResults(folder)).slides[0] as TableOfSlide))
  t.deepEqual([labels?.right, labels?.wrong, labels?.shown.map(({ item }) => item.index)], [2, 2, [3, 2]])
  await write(['tumour', 'tumour', 'tumour', 'tumour', 'tumour', 'tumour', 'tumour'])
  const alone = await evaluate(await openResults(folder))
  t.deepEqual([alone.accuracy, alone.classes[1]!.name], [3 / 6, 'not tumour'])
  await write(['tumour', 'tumor', 'tumour', 'tumour', 'normal', 'normal', 'normal'])
  await t.throwsAsync(evaluate(await openResults(folder)), { code: 'LABEL_UNKNOWN', message: /'normal' is no class/ })
  t.is((await evaluate(await openResults(folder), { rename: { tumor: 'tumour' } })).accuracy, 3 / 6)
  await write(['LUAD', 'LUAD', 'LUAD', 'LUAD', 'LUAD', 'LUAD', 'LUAD'])
  await t.throwsAsync(evaluate(await openResults(folder)), { code: 'LABEL_UNKNOWN', message: /'LUAD' is no class/ })
})

test('a table without labels is refused, and says where labels come from', async (t) => {
  const folder = await folderOf(
    t,
    (rows) =>
      rows.forEach((row) => {
        delete row.label
      }),
    false,
  )
  const error = await t.throwsAsync(evaluate(await openResults(folder)), { instanceOf: PipelineError, code: 'LABEL_MISSING' })
  t.regex(String((error as PipelineError).hint), /label: parent/)
})

test('an unknown label is named, with the class that was meant and all that are known', async (t) => {
  const folder = await folderOf(t, (rows) => {
    rows[2]!.label = 'tumuor'
  })
  const error = await t.throwsAsync(evaluate(await openResults(folder)), { instanceOf: PipelineError, code: 'LABEL_UNKNOWN' })
  t.regex(error.message, /'tumuor' is no class of the model, did you mean 'tumour'\?/)
  t.regex(String((error as PipelineError).hint), /tumour, stroma, fat/)
  const renamed = await evaluate(await openResults(folder), { rename: { tumuor: 'tumour' } })
  t.is(renamed.patches, 4)
  const without = await evaluate(await openResults(folder), { rename: { tumuor: '' } })
  t.deepEqual(
    [without.patches + without.leftOut.unlabelled, without.leftOut.unlabelled > renamed.leftOut.unlabelled],
    [renamed.patches + renamed.leftOut.unlabelled, true],
  )
})

test('a rename to a class that the model does not have is refused', async (t) => {
  const folder = await folderOf(t, () => undefined)
  await t.throwsAsync(evaluate(await openResults(folder), { rename: { x: 'fta' } }), {
    code: 'LABEL_UNKNOWN',
    message: /did you mean 'fat'/,
  })
})

test('tables of different models are not mixed', async (t) => {
  const folder = await folderOf(t, () => undefined)
  const classes = classesNamed(['tumour', 'stroma', 'mucus'])
  await writeSlide(folder, { id: 'b', classes, columns: columnsOf(classes, 'set', true), rows: [], about: { kind: 'set' } })
  await t.throwsAsync(evaluate(await openResults(folder)), { code: 'TABLES_DIFFER' })
})

test('an empty table scores 0, not NaN', async (t) => {
  const folder = await tempFolder(t)
  const classes = classesNamed(three.classes)
  await writeSlide(folder, { id: 'a', classes, columns: columnsOf(classes, 'set', true), rows: [], about: { kind: 'set' } })
  const evaluation = await evaluate(await openResults(folder))
  t.is(evaluation.patches, 0)
  t.is(evaluation.accuracy, 0)
  t.deepEqual(evaluation.rocAuc, { macro: null, method: 'exact' })
  t.notRegex(textOf(evaluation), /NaN/)
})

test('an abort stops it', async (t) => {
  const folder = await folderOf(t, () => undefined)
  await t.throwsAsync(evaluate(await openResults(folder), { signal: AbortSignal.abort(new Error('enough')) }), { message: 'enough' })
})
