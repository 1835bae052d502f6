/** A plan that was frozen is the same plan later, whatever its file and its list say then. */

import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { readPlan } from '../../../src/pipeline/check/read-plan.js'
import { demoSlide, writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

test('text, columns and what was found are those of then: the file is edited, the list has other columns, neither is looked at', async (t) => {
  const folder = await tempFolder(t)
  const list = path.join(folder, 'list.csv')
  await writeFile(list, `uri,id,age\n${demoSlide},a,61\n${demoSlide},b,\n`)
  const file = await writePipeline(folder, { slides: '{ list: list.csv }' })
  const before = await readPlan(file)
  const text = await readFile(file, 'utf8')
  const { columns } = await before.environment.sources.slides!.load()
  const carried = await columns(before.source.options, before.folder)
  t.deepEqual(
    carried.map(({ name, type }) => [name, type]),
    [['age', 'float64']],
  )
  await writeFile(file, text.replace('stride: 112 px', 'stride: 224 px'))
  await writeFile(list, `uri,id,age\n${demoSlide},a,old\n`)
  t.not((await readPlan(file)).provenance.fingerprint, before.provenance.fingerprint)
  await rm(list)
  const after = await readPlan(file, { frozen: { text, carried, found: before.found } })
  t.is(after.provenance.fingerprint, before.provenance.fingerprint)
  t.deepEqual(after.columns, before.columns)
  t.deepEqual(after.source.types, { age: 'number' })
  t.deepEqual(after.found, { slides: 2, pictures: 0 })
})
