/** Spark opens the folder of a cohort's tables. Its packages weigh a gigabyte and it takes a minute of two cores: of the long tests. */

import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { gatherCohort } from '../../src/pipeline/cohort/gather.js'
import { writeColours } from '../../test/pipeline/cohort/colours.js'
import { runFile } from '../../test/support/pipeline-file.js'
import { long } from '../long.js'
import { sparkPython } from '../peers.js'
import { expected, expectedClass, seenBy } from './seen.js'

function hasJava(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('SKIPPED Spark: there is no Java (Debian: apt install default-jre-headless)')
    return false
  }
}

const which = long && hasJava() ? test.serial : test.skip

which('Spark opens rows/ and compact/ as one table, and asks the files for a slide by its id', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-dataset-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await runFile(await writeColours(folder))
  await gatherCohort(path.join(folder, 'out'), { compact: 256e6 })
  const python = await sparkPython()
  for (const place of ['rows', 'compact']) {
    const { class: share, types, pushed, ...seen } = await seenBy(python, 'spark', path.join(folder, 'out', place))
    t.deepEqual(seen, expected, place)
    t.true(Math.abs(share - expectedClass) < 1e-5)
    t.like(types, { slide: 'string', index: 'int', age: 'double', features: 'array<float>' })
    t.true(pushed, place)
  }
})
