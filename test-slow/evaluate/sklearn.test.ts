/** Every score again by scikit-learn itself, over rows that nobody has seen before: random sizes, classes, ties and gaps. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { evaluate } from '../../src/results/evaluate/evaluate.js'
import { openResults } from '../../src/results/open.js'
import { type Expected, equalsSklearn, writeCase } from '../../test/results/evaluate/golden.js'
import { tempFolder } from '../../test/support/temp.js'
import { ask, peerPython } from '../peers.js'

const script = 'test/golden/evaluate/make.py'

/** Whole eighths as probabilities now and then: ties. Labels leave out classes now and then. */
function randomCase() {
  const k = 2 + Math.floor(Math.random() * 8)
  const n = 20 + Math.floor(Math.random() * 2000)
  const isTied = Math.random() < 0.5
  const labelled = 1 + Math.floor(Math.random() * k)
  const probabilities = Array.from({ length: n }, () => {
    const raw = Array.from({ length: k }, () => Math.random() ** 3)
    const sum = raw.reduce((a, b) => a + b, 0)
    return raw.map((v) => Math.fround(isTied ? Math.round((v / sum) * 8) / 8 : v / sum))
  })
  return {
    classes: Array.from({ length: k }, (_, i) => `class ${i}`),
    labels: probabilities.map(() => Math.floor(Math.random() * labelled)),
    predictions: probabilities.map((row) => row.indexOf(Math.max(...row))),
    probabilities,
  }
}

test('twelve random evaluations equal those of scikit-learn', async (t) => {
  const folder = await tempFolder(t)
  const made = Array.from({ length: 12 }, randomCase)
  const files = made.map((_, i) => path.join(folder, `rows-${i}.json`))
  for (const [i, file] of files.entries()) await writeFile(file, JSON.stringify(made[i]))
  const expected = (await ask(await peerPython(), script, files)) as Expected[]
  t.is(expected.length, made.length)
  for (const [i, one] of expected.entries()) {
    const out = path.join(folder, `out-${i}`)
    await writeCase(out, { ...made[i]!, expected: one })
    equalsSklearn(t, await evaluate(await openResults(out)), one)
  }
})
