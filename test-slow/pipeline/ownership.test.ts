/**
 * Every error of the catalogue, and plain ones, thrown from every stage, reader and sink on some slides of a cohort: those fail by name, all
 * others are done, and the run ends with 1; what is the run's ends it with the code of its family. By the real command line.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { catalogue } from '../../src/core/owners.js'
import { packageRoot } from '../../src/core/package-root.js'
import type { RunEvent } from '../../src/pipeline/run/run-events.js'
import type { Receipt } from '../../src/pipeline/store/receipts.js'
import { meanCard, meanModel, modelFolder } from '../../test/models/folder.js'
import { resultsOf } from '../../test/support/pipeline-file.js'
import { tempFolder } from '../../test/support/temp.js'
import type { Throw, Thrown } from '../../test/support/throwing.js'
import { long } from '../long.js'

const support = (name: string) => path.join(packageRoot, 'dist/test/support', `${name}.js`)

interface Ended {
  readonly code: number
  readonly events: readonly RunEvent[]
  readonly receipts: ReadonlyMap<string, Receipt>
  readonly files: readonly string[]
  readonly said: string
}

type Run = (throws: Readonly<Record<string, Throw>>, runtime?: { lanes: number; slides: number }) => Promise<Ended>

/** A cohort of so many slides of 101 × 71 pixels, 7 × 5 patches of 16 each, and a process that runs it as often as it is asked. */
async function cohort(t: ExecutionContext, slides: number): Promise<Run> {
  const folder = await tempFolder(t)
  const model = await modelFolder(
    t,
    meanCard('scale: 1', 'kind: classes, apply: softmax, classes: [a, b, c]'),
    meanModel('float32', 'NCHW', 'N', 16),
  )
  await mkdir(path.join(folder, 'in'))
  for (const name of namesOf(slides))
    await copyFile(path.join(packageRoot, 'fixtures/small/deflate-predictor.tif'), path.join(folder, `in/${name}.tif`))
  const file = path.join(folder, 'p.yml')
  await writeFile(path.join(folder, 'same.mjs'), 'export default (rows) => rows\n')
  await writeFile(
    file,
    `output: ./out
slides: { glob: "./in/*.tif" }
stages:
  - grid: { size: 16 px, at: baseline }
  - mask: { method: none }
  - extract
  - measure
  - batch: { size: 4 }
  - infer: { model: ${model} }
  - merge
  - rows: { module: ./same.mjs }
sinks: [csv, parquet]
`,
  )
  const child = spawn(process.execPath, ['--import', support('throwing'), support('run-many')], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(async () => {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'close')
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async (throws, { lanes, slides: together } = { lanes: 2, slides: 2 }) => {
    const out = path.join(folder, 'out')
    await rm(out, { recursive: true, force: true })
    const argv = ['run', file, '--log', 'json', '--lanes', String(lanes), '--slides', String(together)]
    child.stdin.write(`${JSON.stringify({ argv, throws })}\n`)
    const { value } = await lines.next()
    const { code, said } = JSON.parse(value as string) as { code: number; said: string }
    const events = said.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as RunEvent] : []))
    const names = await readdir(path.join(out, '.tiastream/receipts')).catch(() => [])
    const receipts = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(path.join(out, '.tiastream/receipts', name), 'utf8')) as Receipt),
    )
    const files = [...(await resultsOf(out)).keys()]
    return { code, events, receipts: new Map(receipts.map((receipt) => [receipt.slide, receipt])), files, said }
  }
}

const namesOf = (slides: number) => Array.from({ length: slides }, (_, i) => `slide-${String(i).padStart(3, '0')}`)

const stages = ['grid', 'mask', 'extract', 'measure', 'batch', 'infer', 'merge', 'rows'].map((name) => `stage:${name}`)
const readers = ['reader:open', 'reader:lane', 'reader:decode']
const sinks = [
  'sink:csv:open',
  'sink:csv:write',
  'sink:csv:final',
  'sink:parquet:open',
  'sink:parquet:write',
  'sink:parquet:final',
  'sink:parquet:count',
]

const familyNames = ['SlideError', 'ModelError', 'SinkError', 'PipelineError'] as const
const plains: readonly Thrown[] = [
  { plain: 'TypeError', message: "Cannot read properties of undefined (reading 'x')" },
  { plain: 'RangeError', message: 'Array buffer allocation failed' },
  { plain: 'RangeError', message: 'Maximum call stack size exceeded' },
  { plain: 'Error', message: 'EMFILE: too many open files, open', errno: 'EMFILE' },
]
/** What is of a slide where it comes up in reading; at the door of a sink the same would be the disk's. */
const ofReading: readonly Thrown[] = [
  { plain: 'Error', message: 'ENOENT: no such file or directory, open', errno: 'ENOENT' },
  { plain: 'Error', message: 'EACCES: permission denied, open', errno: 'EACCES' },
  { plain: 'Error', message: 'EIO: i/o error, read', errno: 'EIO' },
  { value: 'no error, but a text' },
  { value: null },
]

const ofSlide = fc.constantFrom(...Object.keys(catalogue.slide), 'A_CODE_OF_TOMORROW')
const anyOfSlide = fc.oneof(
  { weight: 3, arbitrary: fc.record({ family: fc.constantFrom(...familyNames), code: ofSlide }) },
  { weight: 1, arbitrary: fc.constantFrom<Thrown>({ family: 'Bug', code: 'BUG' }, ...plains) },
)
const thrown: fc.Arbitrary<Throw> = fc.oneof(
  fc.record({ where: fc.constantFrom(...sinks), after: fc.nat(60), what: anyOfSlide }),
  fc.record({
    where: fc.constantFrom(...stages, ...readers),
    after: fc.nat(60),
    what: fc.oneof(anyOfSlide, fc.constantFrom(...ofReading)),
  }),
)

/** All slides but those that were made to fail are done, with their files; those have a receipt that names them. */
function assertOwned(t: ExecutionContext, slides: number, throws: Readonly<Record<string, Throw>>, ended: Ended): void {
  const names = namesOf(slides)
  const what = `${JSON.stringify(throws)}\n${ended.said.slice(-2000)}`
  t.is(ended.code, Object.keys(throws).length > 0 ? 1 : 0, what)
  const failed = ended.events.filter((event) => event.type === 'slide.failed')
  t.deepEqual(failed.map(({ slide }) => slide).sort(), Object.keys(throws).sort(), what)
  for (const { slide, error } of failed) t.true(error.message.includes(slide), `${slide}: ${error.message}`)
  for (const name of names) {
    const receipt = ended.receipts.get(name)
    t.is(receipt?.status, throws[name] ? 'failed' : 'done', `${name}: ${what}`)
    if (throws[name]) t.true(receipt?.error?.message.includes(name))
    else t.is(receipt?.rows, 7 * 5, name)
  }
  t.deepEqual(
    ended.files,
    ['rows/', ''].flatMap((place) =>
      names.filter((name) => !throws[name]).map((name) => (place ? `${place}${name}.parquet` : `${name}.csv`)),
    ),
  )
}

test('every error of a slide, from every stage, reader and sink, fails that slide of three by name; the other two are done', async (t) => {
  const slides = long ? 36 : 24
  const run = await cohort(t, slides)
  const names = namesOf(slides)
  await fc.assert(
    fc.asyncProperty(
      fc.array(thrown, { minLength: 1, maxLength: slides / 3 }),
      fc.record({ lanes: fc.constantFrom(1, 2), slides: fc.constantFrom(1, 3) }),
      async (faults, runtime) => {
        const throws = Object.fromEntries(faults.map((fault, i) => [names[3 * i + 1]!, fault]))
        assertOwned(t, slides, throws, await run(throws, runtime))
      },
    ),
    { numRuns: long ? 12 : 2 },
  )
})

test('each code of a slide and each plain error, one after the other, from a place of each kind', async (t) => {
  const what: Thrown[] = [
    ...Object.keys(catalogue.slide).map((code): Thrown => (code === 'BUG' ? { family: 'Bug', code } : { family: 'SinkError', code })),
    ...plains,
  ]
  const places = [...stages, ...readers, ...sinks]
  const slides = 2 * what.length
  const run = await cohort(t, slides)
  const names = namesOf(slides)
  const throws = Object.fromEntries(
    what.map((one, i) => [names[2 * i + 1]!, { where: places[i % places.length]!, after: i % 50, what: one }]),
  )
  assertOwned(t, slides, throws, await run(throws))
})

const exits: Readonly<Record<string, readonly [(typeof familyNames)[number] | 'Bug', number]>> = {
  BUG_IN_RUN: ['Bug', 70],
  CLASS_UNKNOWN: ['PipelineError', 2],
  OUTPUT_DIFFERS: ['PipelineError', 2],
  PICTURE_OF_SET: ['PipelineError', 2],
  ROWS_MODULE: ['PipelineError', 2],
  DEVICE_MISSING: ['ModelError', 3],
  MODEL_CHANGED: ['ModelError', 3],
  MODEL_REFUSED: ['ModelError', 3],
  RUNTIME_MISSING: ['ModelError', 3],
}

test("what is the run's ends it with the code of its family, whichever stage or sink says it; the committed stays, the interrupted are named", async (t) => {
  const run = await cohort(t, 3)
  const places = [...stages, ...sinks]
  const cases: (readonly [Thrown, number])[] = [
    ...Object.keys(catalogue.run).map((code): [Thrown, number] => {
      const [family, exit] = exits[code] ?? ['SinkError', 4]
      return [{ family, code }, exit]
    }),
    ...['ENOSPC', 'EDQUOT', 'EROFS'].map((errno): [Thrown, number] => [
      { plain: 'Error', message: `${errno}: said the system, write`, errno },
      4,
    ]),
  ]
  for (const [i, [what, exit]] of cases.entries()) {
    // A full disk is met by who writes.
    const from = 'plain' in what ? sinks : places
    const throws = { 'slide-001': { where: from[(i * 4) % from.length]!, after: i % 20, what } }
    const { code, receipts, files, events, said } = await run(throws, { lanes: 1, slides: 1 })
    t.is(code, exit, `${JSON.stringify(throws)}\n${said}`)
    t.deepEqual(
      [...receipts].map(([slide, { status }]) => `${slide} ${status}`),
      ['slide-000 done'],
      said,
    )
    t.deepEqual(files, ['rows/slide-000.parquet', 'slide-000.csv'], said)
    t.deepEqual(
      events.flatMap((event) => (event.type === 'slide.interrupted' ? [event.slide] : [])),
      ['slide-001'],
      said,
    )
  }
})
