/** Every score again by scikit-learn itself, over rows that nobody has seen before: random sizes, classes, ties and gaps. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { evaluate } from '../../src/evaluate/evaluate.js'
import { openResults } from '../../src/results/open.js'
import { type Expected, equalsSklearn, writeCase } from '../../test/evaluate/golden.js'
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
  const python = await peerPython()
  for (let i = 0; i < 12; i++) {
    const folder = await tempFolder(t)
    const made = randomCase()
    const file = path.join(folder, 'rows.json')
    await writeFile(file, JSON.stringify(made))
    const expected = (await ask(python, script, [file])) as Expected
    await writeCase(path.join(folder, 'out'), { ...made, expected })
    equalsSklearn(t, await evaluate(await openResults(path.join(folder, 'out'))), expected)
  }
})
