/** Pipelines as objects: the same check, the same plan and the same run as those of files. */

import { cp, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import {
  batch,
  csv,
  definePipeline,
  extract,
  grid,
  infer,
  mask,
  merge,
  overlay,
  parquet,
  patches,
  readPlan,
  runPipeline,
  slides,
  tiles,
} from '../../src/index.js'
import { tempFolder } from '../support/temp.js'

const demo = path.join(packageRoot, 'fixtures/slides/demo.tif')

const yaml = `
about: The same twice.
output: ./out
slides: { glob: "${demo}" }
stages:
  - grid: { at: 2 mpp, size: 224 px }
  - mask: { keep: 25 % }
  - extract
  - batch: { size: 8 }
  - infer: { model: stain }
  - merge
sinks:
  - parquet
  - overlay: { at: 8 mpp }
runtime: { lanes: 2, memory: 16 GiB }
`

test('an object has the plan of the file that says the same, and so its fingerprint', async (t) => {
  const folder = await tempFolder(t)
  const file = path.join(folder, 'p.yml')
  await writeFile(file, yaml)
  const { file: said, ...written } = await readPlan(file)
  const plan = await definePipeline(
    {
      about: 'The same twice.',
      source: slides({ glob: demo }),
      stages: [
        grid({ at: '2 mpp', size: '224 px' }),
        mask({ keep: 0.25 }),
        extract(),
        batch({ size: 8 }),
        infer({ model: 'stain' }),
        merge(),
      ],
      sinks: [parquet(), overlay({ at: '8 mpp' })],
      output: './out',
      runtime: { lanes: 2, memory: '16 GiB' },
    },
    { folder },
  )
  t.is(said, file)
  t.deepEqual(plan, written)
})

test('every problem at once, each with its path in the object', async (t) => {
  const folder = await tempFolder(t)
  const wrong = {
    source: slides({ glob: demo }),
    stages: [grid({ size: 224, at: '2 mp' }), mask({ keep: '25 %', kep: 1 } as object), extract({ decode: () => 1 } as object), merge()],
    sinks: [csv({ file: '../{slide}.csv' })],
    output: './out',
  }
  const held = await t.throwsAsync(definePipeline(wrong, { folder }), { code: 'OPTION_INVALID' })
  t.is(held.message, 'stages[2].extract.decode is a function: options are text, numbers, true, false, lists and plain objects\n1 problem')
  const { stages, ...rest } = wrong
  // @ts-expect-error merge takes batches, mask gives patches
  const error = await t.throwsAsync(definePipeline({ ...rest, stages: [stages[0], stages[1], stages[3]] }, { folder }))
  const lines = error.message.split('\n')
  t.is(lines.length, 5, error.message)
  t.regex(lines[0]!, /^stages\[0\]\.grid\.at: .2 mp. is no resolution/)
  t.regex(lines[1]!, /^stages\[1\]\.mask has no option 'kep', did you mean 'keep'\?$/)
  t.regex(lines[2]!, /^stages\[2\]\.merge takes batch, but 'mask' gives patch/)
  t.regex(lines[3]!, /^sinks\[0\]\.csv\.file .*leaves the output folder/)
  t.is(lines[4], '4 problems')
  t.is((error as { at?: unknown }).at, undefined)
})

test('the compiler refuses steps that do not begin with the source or do not end in rows', async (t) => {
  const folder = await tempFolder(t)
  const rest = { sinks: [csv()], output: './out' }
  // @ts-expect-error patches are ready-cut: grid takes slides
  await t.throwsAsync(definePipeline({ source: patches({ folder }), stages: [grid(), extract(), batch(), merge()], ...rest }))
  // @ts-expect-error batches are no rows
  await t.throwsAsync(definePipeline({ source: tiles({ glob: demo }), stages: [grid({ size: 64 }), extract(), batch()], ...rest }))
  // @ts-expect-error a pipeline has an input
  const none = await t.throwsAsync(definePipeline({ stages: [grid(), extract(), batch(), merge()], ...rest }))
  t.regex(none.message, /^a pipeline needs its input: slides: or tiles: or patches:/)
})

test('runPipeline takes the plan of an object, and writes nothing for one without sinks', async (t) => {
  const folder = await tempFolder(t)
  for (const name of ['a', 'b']) await cp(path.join(packageRoot, 'fixtures/small/picture.png'), path.join(folder, `pictures/${name}.png`))
  const stages = [extract(), batch(), infer({ model: 'stain' }), merge()] as const
  const source = patches({ folder: './pictures', resize: '224 px', set: 'few' })
  const plan = await definePipeline({ source, stages, sinks: [csv()], output: 'out', runtime: { lanes: 1 } }, { folder })
  const { rows } = await runPipeline(plan)
  const text = await readFile(path.join(folder, 'out/few.csv'), 'utf8')
  t.is(text.trim().split('\n').length, rows + 1)
  const bare = await definePipeline({ source, stages }, { folder })
  t.is(bare.provenance.fingerprint, plan.provenance.fingerprint)
  await t.throwsAsync(runPipeline(bare), { code: 'OPTION_MISSING', message: /no sinks/ })
  await t.throwsAsync(definePipeline({ source, stages, output: 'out' }, { folder }), { message: /needs sinks/ })
})
