/** Spark opens the folder of a cohort's tables. Skipped by name where there is no Java, or its package of half a gigabyte cannot be had. */

import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { gatherCohort } from '../../src/pipeline/cohort/gather.js'
import { writeColours } from '../../test/pipeline/cohort/colours.js'
import { runFile } from '../../test/support/pipeline-file.js'
import { sparkPython } from '../peers.js'
import { expected, expectedClass, seenBy } from './seen.js'

async function sparkHere(): Promise<string | null> {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' })
    return await sparkPython()
  } catch (error) {
    console.warn(
      `SKIPPED Spark: it needs Java (Debian: apt install default-jre-headless) and pip install pyspark: ${(error as Error).message}`,
    )
    return null
  }
}

const python = await sparkHere()
const which = python === null ? test.skip : test.serial

which('Spark opens rows/ and compact/ as one table, and asks the files for a slide by its id', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-dataset-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await runFile(await writeColours(folder))
  await gatherCohort(path.join(folder, 'out'), { compact: 256e6 })
  for (const place of ['rows', 'compact']) {
    const { class: share, types, pushed, ...seen } = await seenBy(python!, 'spark', path.join(folder, 'out', place))
    t.deepEqual(seen, expected, place)
    t.true(Math.abs(share - expectedClass) < 1e-5)
    t.like(types, { slide: 'string', index: 'int', age: 'double', features: 'array<float>' })
    t.true(pushed, place)
  }
})
