/** A file is called what it is: each sink takes the endings of what it writes, and refuses those of anything else by name. */

import path from 'node:path'
import test from 'ava'
import { objectOf } from '../../src/core/options.js'
import { checkPipeline } from '../../src/pipeline/check/check.js'
import { endingProblem } from '../../src/sinks/ending.js'
import { sinks } from '../../src/sinks/registry.js'
import { writePipeline } from '../support/pipeline-file.js'
import { tempFolder } from '../support/temp.js'

const strange = ['.csv.gz', '.xlsx', '.sqlite.bak', '.bmp', '.parquet.zst', '.TXT.7z', '.v2', '', '.csvx']

for (const [name, spec] of Object.entries(sinks)) {
  test(`${name} takes its own endings in any case, and no other`, (t) => {
    const at = (file: string) => endingProblem(spec, { ...objectOf(spec.options).parse({}), file }, sinks)
    const own = typeof spec.endings === 'function' ? spec.endings(objectOf(spec.options).parse({})) : spec.endings!
    t.true(own.length > 0)
    t.is(at(spec.file), undefined)
    for (const ending of own) {
      t.is(at(`a/{slide}${ending}`), undefined)
      t.is(at(`{slide}${ending.toUpperCase()}`), undefined)
      t.truthy(at(`{slide}${ending}.gz`))
    }
    const others = Object.values(sinks).map(({ file }) => path.extname(file))
    for (const ending of [...strange, ...others].filter((one) => !own.includes(one))) t.truthy(at(`{slide}${ending}`), ending)
  })
}

test('numbers of several classes are no PNG', (t) => {
  t.is(endingProblem(sinks.map!, { file: 'x.png', values: 'classes' }, sinks), undefined)
  t.truthy(endingProblem(sinks.map!, { file: 'x.png', values: 'probabilities' }, sinks))
})

test('check says which ending to write, and who writes the other', async (t) => {
  const folder = await tempFolder(t)
  const names = ['csv: { file: "{slide}.csv.gz" }', 'parquet: { file: "{slide}.csv" }', 'thumbnail: { file: "{slide}.npy" }']
  const file = await writePipeline(folder, { sinks: `[${names.map((one) => `{ ${one} }`).join(', ')}]` })
  const { problems } = await checkPipeline(file)
  t.deepEqual(
    problems.map(({ code, message }) => `${code} ${message}`),
    [
      "FILE_TEMPLATE is '{slide}.csv.gz', but csv writes .csv, .txt: end the name so",
      "FILE_TEMPLATE is '{slide}.csv', but parquet writes .parquet, .pq: end the name so; what it names is written by csv, wsinfer",
      "FILE_TEMPLATE is '{slide}.npy', but thumbnail writes .jpg, .jpeg, .png, .tif, .tiff: end the name so; what it names is written by map",
    ],
  )
})
