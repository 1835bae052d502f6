/** The pipelines that ship: each fits the schema, has cases beside it, and the quickstart does what its cases say. */

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { readCases } from '../../src/pipeline/case-form.js'
import { runCases } from '../../src/pipeline/cases.js'
import { parseTree } from '../../src/pipeline/document/document.js'
import { ProblemList } from '../../src/pipeline/document/problems.js'
import { plainOf } from '../../src/pipeline/document/yaml-node.js'
import { defaultEnvironment } from '../../src/pipeline/environment/default.js'
import { pipelineSchema } from '../../src/pipeline/plan/schema.js'

const shipped = path.join(packageRoot, 'pipelines')
const names = readdirSync(shipped).filter((name) => name.endsWith('.yml') && !name.endsWith('.test.yml'))
const valid = new Ajv2020({ allowUnionTypes: true, strictTypes: false, strictRequired: false }).compile(pipelineSchema(defaultEnvironment))

test('there are pipelines', (t) => {
  t.true(names.includes('quickstart.yml'))
})

for (const name of names) {
  test(`${name} fits the schema and has cases`, async (t) => {
    const tree = parseTree(readFileSync(path.join(shipped, name), 'utf8'), new ProblemList(name))
    t.true(valid(plainOf(tree!)), JSON.stringify(valid.errors))
    const { pipeline, cases } = await readCases(path.join(shipped, name))
    t.is(pipeline, path.join(shipped, name))
    t.true(cases.length > 0)
  })
}

test('the cases of the quickstart pass', async (t) => {
  for await (const { name, outcome, why } of runCases(await readCases(path.join(shipped, 'quickstart.yml')))) {
    if (outcome === 'skipped') console.warn(`SKIPPED ${name}: ${why.join()}`)
    t.not(outcome, 'failed', `${name}: ${why.join('; ')}`)
  }
})
