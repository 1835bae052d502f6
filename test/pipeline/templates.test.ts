/** File templates cannot leave the output folder, nor name what some system cannot hold; the environment is in no output. */

import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { templateProblems } from '../../src/pipeline/check/check-files.js'
import { runFile, writePipeline } from '../support/pipeline-file.js'
import { tempFolder } from '../support/temp.js'

for (const template of [
  '{slide}.csv',
  'maps/{slide}.tif',
  '.hidden/{slide}.csv',
  '{slide}/{slide}.tiles.v1.parquet',
  'Größe/{slide}.csv',
]) {
  test(`'${template}' is a fine template`, (t) => {
    t.deepEqual(templateProblems(template), [])
  })
}

const bad = [
  '../{slide}.csv',
  'a/../../{slide}.csv',
  '/etc/{slide}.csv',
  'C:/{slide}.csv',
  '..\\{slide}.csv',
  'a//{slide}.csv',
  './{slide}.csv',
  '',
  '{slide}\0.csv',
  '{slide}\n.csv',
  'nul/{slide}.csv',
  'con.csv',
  'a/COM1.{slide}.csv',
  '{slide}:stream.csv',
  '{slide}?.csv',
  'x. /{slide}.csv',
  '.tiastream/receipts/{slide}.json',
  '{slide}.csv.partial',
  '{id}.csv',
  `${'y'.repeat(250)}/{slide}.csv`,
  `${'x'.repeat(80)}{slide}.csv`,
]
for (const template of bad) {
  test(`${JSON.stringify(template).slice(0, 60)} is refused as a template, in one sentence`, (t) => {
    t.is(templateProblems(template).length, 1, templateProblems(template).join('; '))
  })
}

test('no value of the environment is in the output, unless the pipeline puts it there', async (t) => {
  const secret = 'hunter2-hunter2-hunter2'
  process.env.TIASTREAM_TEST_SECRET = secret
  t.teardown(() => delete process.env.TIASTREAM_TEST_SECRET)
  const folder = await tempFolder(t)
  const file = await writePipeline(folder, { grid: '{ size: 224 px, at: 4 mpp }', runtime: '{ lanes: 1 }' })
  await writeFile(file, `vars: { token: { default: none, env: TIASTREAM_TEST_SECRET, about: "Unused." } }\n${await readFile(file, 'utf8')}`)
  await runFile(file)
  const names = (await readdir(path.join(folder, 'out'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  t.true(names.length >= 6, names.map(({ name }) => name).join(' '))
  for (const { parentPath, name } of names) t.false((await readFile(path.join(parentPath, name))).includes(secret), name)
})
