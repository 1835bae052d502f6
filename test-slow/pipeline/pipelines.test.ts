/** Every case of every pipeline that ships; those of the quickstart are among the fast tests. */

import { readdirSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { readCases } from '../../src/pipeline/case-form.js'
import { runCases } from '../../src/pipeline/cases.js'

const folder = path.join(packageRoot, 'pipelines')

for (const name of readdirSync(folder).filter((file) => file.endsWith('.test.yml') && file !== 'quickstart.test.yml')) {
  test.serial(`the cases of ${name} pass`, async (t) => {
    t.timeout(10 * 60_000)
    for await (const { name: what, outcome, why } of runCases(await readCases(path.join(folder, name)))) {
      if (outcome === 'skipped') console.warn(`SKIPPED ${what}: ${why.join()}`)
      t.not(outcome, 'failed', `${what}: ${why.join('; ')}`)
    }
  })
}
