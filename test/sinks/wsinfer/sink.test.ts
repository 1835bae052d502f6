import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { predictionColumns, predictions, temporary, writeTable } from '../tables.js'

test('the columns of wsinfer, in whole baseline pixels', async (t) => {
  const file = path.join(await temporary(t), 'x.csv')
  // Half pixels round up; the second patch has no answer.
  const [first, second] = [...predictions(2)]
  const rows = [
    { ...first!, base_x: 10.5, base_y: 0.4, prob_Stroma_loose: Math.fround(0.1) },
    { ...second!, prob_Tumor: null },
  ]
  await writeTable('wsinfer', file, predictionColumns, rows)
  t.is(
    await readFile(file, 'utf8'),
    'minx,miny,width,height,prob_Tumor,"prob_Stroma, ""loose""",prob_Lymphocytes é\n11,0,448,448,0.0,0.1,1.0\n',
  )
})

test('no patches: the header alone; no probabilities: refused', async (t) => {
  const file = path.join(await temporary(t), 'x.csv')
  await writeTable('wsinfer', file, predictionColumns, [])
  t.is((await readFile(file, 'utf8')).split('\n').length, 2)
  const columns = predictionColumns.filter(({ name }) => !name.startsWith('prob_'))
  await t.throwsAsync(writeTable('wsinfer', file, columns, []), { name: 'SinkError', code: 'CLASSES_MISSING' })
})
