/** OpenLineage's events as a server gets them, made objects of by openlineage-python: schemas and their versions are those that it knows. */

import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { writePipeline } from '../../test/support/pipeline-file.js'
import { tempFolder } from '../../test/support/temp.js'
import { marquez, read } from './marquez.js'
import { stopped, tiastream } from './watched.js'

test('a run that is done, one that is stopped, one that an error ends', async (t) => {
  const { came, url } = await marquez(t)
  const folder = await tempFolder(t)
  const env = {
    OPENLINEAGE_URL: url,
    OPENLINEAGE_API_KEY: 'geheim',
    OPENLINEAGE_NAMESPACE: 'lab',
    OPENLINEAGE_PARENT_ID: 'air/dag.task/0176a8c2-fe01-7439-87e6-56a1a1b4029f',
  }
  const file = await writePipeline(folder, { sinks: '[csv]' })
  const done = await tiastream(['run', file], env)
  t.is(done.code, 0, done.stderr)
  await writeFile(file, (await readFile(file, 'utf8')).replace('112 px', '24 px'))
  const failed = await tiastream(['run', file], env)
  t.is(failed.code, 2, failed.stderr)
  const ended = await tiastream(['run', file, '-o', path.join(folder, 'other'), '--log', 'json'], { ...env, ...stopped })
  t.is(ended.code, 143, ended.stderr)
  t.deepEqual([...new Set(came.map(({ path: at, key }) => `${at} ${key}`))], ['/api/v1/lineage Bearer geheim'])
  t.false((done.stderr + failed.stderr + ended.stderr).includes('geheim'))
  const told = await read(
    folder,
    came.map(({ event }) => event),
  )
  t.deepEqual(
    told.map(({ type, job }) => `${type} ${job}`),
    ['START lab/pipeline', 'COMPLETE lab/pipeline', 'FAIL lab/pipeline', 'START lab/pipeline', 'ABORT lab/pipeline'],
  )
  const { columns } = await readPlan(file)
  t.deepEqual(
    told[1]!.columns,
    columns.map(({ name }) => name),
  )
  const lines = (await readFile(path.join(folder, 'out/demo.csv'), 'utf8')).trim().split('\n').length
  t.deepEqual(told[1]!.rows, [lines - 1])
  t.deepEqual(told[1]!.facets, ['parent', 'processing_engine', 'tiastream_run'])
  t.deepEqual(told[2]!.facets, ['errorMessage', 'parent', 'processing_engine'])
  // The judge judges.
  const [first] = came.map(({ event }) => event as { outputs: { facets: { schema: object } }[] })
  const odd = { ...first!, outputs: [{ ...first!.outputs[0]!, facets: { schema: { ...first!.outputs[0]!.facets.schema, colour: 1 } } }] }
  await t.throwsAsync(read(folder, [odd]))
})
