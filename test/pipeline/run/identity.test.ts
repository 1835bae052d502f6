/**
 * The table of GUARANTEES.md, line by line: what makes the rows of a finished slide again, what is asked first, and what makes no difference.
 * Each case begins with the same finished cohort and changes one thing.
 */

import { appendFile, copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { PipelineError } from '../../../src/core/errors.js'
import type { Receipt } from '../../../src/pipeline/store/receipts.js'
import { runFile } from '../../support/pipeline-file.js'
import { edit, maskBytes, slideBytes, writeCohort } from '../../support/small-cohort.js'
import { tempFolder } from '../../support/temp.js'

/** Runs the cohort as it is: what became of its slide. */
async function outcome(folder: string, options = {}): Promise<string> {
  try {
    const { summary, events } = await runFile(path.join(folder, 'p.yml'), options)
    if (summary.failures[0]) return summary.failures[0].error.code
    const again = events.find((event) => event.type === 'warning' && event.code === 'MADE_AGAIN')
    if (summary.slides.skipped === 1) return 'left alone'
    return again?.type === 'warning' ? `made again: ${again.message.replace(/^.*: /, '')}` : 'made'
  } catch (error) {
    if (error instanceof PipelineError) return error.code
    throw error
  }
}

/** Pixels a side: 16 patches. What is looked at here is whether rows are made, not how many. */
const px = 64
const slide = (turn = 0) => slideBytes(turn, px, px)

let cohort: string
test.before(async (t) => {
  cohort = await mkdtemp(path.join(tmpdir(), 'tiastream-test-'))
  await writeCohort(cohort)
  await writeFile(path.join(cohort, 'slides/a.tif'), slide())
  t.is(await outcome(cohort), 'made')
})
test.after.always(() => rm(cohort, { recursive: true, force: true }))

/** The finished cohort, for one test. */
async function finished(t: ExecutionContext): Promise<string> {
  const folder = await tempFolder(t)
  await cp(cohort, folder, { recursive: true })
  await edit(folder, 'out/.tiastream/receipts/a.json', cohort, folder)
  return folder
}

type Change = (folder: string) => Promise<unknown>

const put = (name: string, content: string | Buffer) => (folder: string) => writeFile(path.join(folder, name), content)
const editing = (name: string, from: string, to: string) => (folder: string) => edit(folder, name, from, to)

const slideChanged = 'the slide has changed'
const referenceChanged = 'its mask, its places or what the list says of it has changed'

/** One slide each: what changes of it, besides its line in the list, that line before and after, and why it is made again; null: it is not. */
const ofOneSlide: readonly (readonly [what: string, change: (folder: string, id: string) => unknown, line: string, why: string | null])[] =
  [
    ['its pixels, its size the same', (f, id) => put(`slides/${id}.tif`, slide(1))(f), ',61,', slideChanged],
    ['its size', (f, id) => appendFile(path.join(f, `slides/${id}.tif`), 'x'), ',61,', slideChanged],
    ['the content of its mask', (f, id) => put(`masks/${id}.npy`, maskBytes(1, 1, 0, 1))(f), ',61,', referenceChanged],
    ['a mask in the list', put('lists/m.npy', maskBytes(0, 1, 1, 1)), 'm.npy,61,', referenceChanged],
    ['its value in a column of the list', () => undefined, ',62,', referenceChanged],
    ['its resolution in the list', () => undefined, ',61,0.5', referenceChanged],
    ['a file that is gone', (f, id) => rm(path.join(f, `out/${id}.csv`)), ',61,', 'a file of it is missing or has another size'],
    ['nothing of its own: that the list says more of others is none', () => undefined, ',61,', null],
  ]

test.serial('counts for one slide, and for no other', async (t) => {
  const folder = await tempFolder(t)
  await writeCohort(folder)
  const list = (head: string, lineOf: (at: number) => string) =>
    writeFile(path.join(folder, 'lists/l.csv'), [head, ...ofOneSlide.map((_, at) => `../slides/s${at}.tif,${lineOf(at)}`), ''].join('\n'))
  for (const at of ofOneSlide.keys()) {
    await put(`slides/s${at}.tif`, slide())(folder)
    await put(`masks/s${at}.npy`, maskBytes(1, 1, 1, 0))(folder)
  }
  await list('uri,age', () => '61')
  const pipeline = path.join(folder, 'p.yml')
  t.is((await runFile(pipeline)).summary.slides.done, ofOneSlide.length)
  for (const [at, [, change]] of ofOneSlide.entries()) await change(folder, `s${at}`)
  await list('uri,mask,age,mpp', (at) => ofOneSlide[at]![2])
  const { summary, events } = await runFile(pipeline)
  const said = new Map(
    events.flatMap((event) => (event.type === 'warning' && event.code === 'MADE_AGAIN' ? [[event.slide, event.message]] : [])),
  )
  for (const [at, [what, , , why]] of ofOneSlide.entries())
    t.is(said.get(`s${at}`), why === null ? undefined : `s${at} is made again: ${why}`, what)
  t.deepEqual(summary.slides, { done: ofOneSlide.length - 1, failed: 0, skipped: 1 })
})

const sinksChanged = 'made again: the sinks have changed'

const counts: readonly (readonly [what: string, change: Change, outcome: string])[] = [
  ['a column of the list', put('lists/l.csv', 'uri,age,sex\n../slides/a.tif,61,f\n'), 'OUTPUT_DIFFERS'],
  ['the type of a column', editing('p.yml', 'l.csv }', 'l.csv, columns: { age: text } }'), 'OUTPUT_DIFFERS'],
  ['an option of the source', editing('p.yml', 'l.csv }', 'l.csv, mpp: 0.5 }'), 'OUTPUT_DIFFERS'],
  ['an option of a stage', editing('p.yml', 'at: baseline', 'at: baseline, stride: 32 px'), 'OUTPUT_DIFFERS'],
  ['a stage', editing('p.yml', '  - merge\n', '  - merge\n  - rows: { module: ./code/rows.mjs }\n'), 'OUTPUT_DIFFERS'],
  ['the batch', editing('p.yml', 'size: 4', 'size: 2'), 'OUTPUT_DIFFERS'],
  ['the module that shapes rows', editing('code/rows.mjs', 'score: factor', 'score: 3 * factor'), 'OUTPUT_DIFFERS'],
  ['a module that it imports', editing('code/lib/factor.mjs', '= numbers[0]', '= 2'), 'OUTPUT_DIFFERS'],
  ['JSON that such a module imports', put('code/lib/numbers.json', '[2]'), 'OUTPUT_DIFFERS'],
  ['a class of the card', editing('model/model.yml', 'name: hematoxylin-rich', 'name: haematoxylin'), 'OUTPUT_DIFFERS'],
  ['how the card says the picture enters', editing('model/model.yml', 'channels: RGB', 'channels: BGR'), 'OUTPUT_DIFFERS'],
  ['the file of the model', (f) => flipProducer(path.join(f, 'model/model.onnx')), 'OUTPUT_DIFFERS'],
  ['a sink', editing('p.yml', '[csv]', '[csv, jsonl]'), sinksChanged],
  ['a colour of the card', editing('model/model.yml', '#5b4ea3', '#5b4ea4'), sinksChanged],
  ['another slide of the same name, from another folder', anotherOfThatName, 'OUTPUT_DIFFERS'],
  [
    'the device that it was made on',
    (f) => edit(f, 'out/.tiastream/receipts/a.json', '"device": "cpu"', '"device": "cuda"'),
    'OUTPUT_DIFFERS',
  ],
  [
    'a receipt of version 0.1',
    (f) => edit(f, 'out/.tiastream/receipts/a.json', 'tiastream-receipt/2', 'tiastream-receipt/1'),
    'OUTPUT_DIFFERS',
  ],
]

/** Another byte in a text that nobody computes with: another file all the same. */
async function flipProducer(file: string): Promise<void> {
  const bytes = await readFile(file)
  const at = bytes.indexOf('tiastream')
  bytes[at] = 'T'.charCodeAt(0)
  await writeFile(file, bytes)
}

async function anotherOfThatName(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'second'))
  await writeFile(path.join(folder, 'second/a.tif'), slide(1))
  await edit(folder, 'lists/l.csv', '../slides/a.tif', '../second/a.tif')
}

for (const [what, change, expected] of counts) {
  test.serial(`counts: ${what}`, async (t) => {
    const folder = await finished(t)
    const before = await readFile(path.join(folder, 'out/a.csv'), 'utf8')
    await change(folder)
    t.is(await outcome(folder), expected)
    if (expected === 'OUTPUT_DIFFERS') t.is(await readFile(path.join(folder, 'out/a.csv'), 'utf8'), before, 'nothing was overwritten')
  })
}

test.serial('what is asked about is made by --redo, and then stays', async (t) => {
  const folder = await finished(t)
  await edit(folder, 'code/rows.mjs', 'score: factor', 'score: 3 * factor')
  t.is(await outcome(folder), 'OUTPUT_DIFFERS')
  t.is(await outcome(folder, { redo: true }), 'made')
  t.is(await outcome(folder), 'left alone')
})

/** A change may give the folder where the cohort lies now. */
type Moves = (folder: string, t: ExecutionContext) => Promise<unknown>

/** Those of a group are made all at once, in this order. */
const doesNotCount: Readonly<Record<string, readonly (readonly [what: string, change: Moves])[]>> = {
  'when something was written, and where it lies; a comment': [
    ['the time of the slide', (f) => utimes(path.join(f, 'slides/a.tif'), 1, 1)],
    [
      'the time of the mask, of the model and of the code',
      async (f) => {
        for (const name of ['masks/a.npy', 'model/model.onnx', 'model/model.yml', 'code/rows.mjs', 'lists/l.csv'])
          await utimes(path.join(f, name), 1, 1)
      },
    ],
    ['where masks lie', (f) => rename(path.join(f, 'masks'), path.join(f, 'tissue')).then(() => edit(f, 'p.yml', 'masks/', 'tissue/'))],
    [
      'where the list lies and how it is called',
      (f) =>
        rename(path.join(f, 'lists'), path.join(f, 'x'))
          .then(() => rename(path.join(f, 'x/l.csv'), path.join(f, 'x/m.csv')))
          .then(() => edit(f, 'p.yml', 'lists/l.csv', 'x/m.csv')),
    ],
    [
      'where the model lies',
      (f) => rename(path.join(f, 'model'), path.join(f, 'weights')).then(() => edit(f, 'p.yml', './model', './weights')),
    ],
    ['a file beside the code that it does not import', put('code/other.mjs', 'export default 2\n')],
    ['where the code lies', (f) => rename(path.join(f, 'code'), path.join(f, 'js')).then(() => edit(f, 'p.yml', './code', './js'))],
    ['a comment and the order of options', editing('p.yml', '{ size: 16 px, at: baseline }', '{ at: baseline, size: 16 px } # here')],
    [
      'the place of the whole cohort',
      async (f, t) => {
        const elsewhere = path.join(await tempFolder(t), 'moved')
        await cp(f, elsewhere, { recursive: true, preserveTimestamps: true })
        return elsewhere
      },
    ],
  ],
  'how the same is written': [
    [
      'a copy of the slide in another folder, without its time',
      async (f) => {
        await mkdir(path.join(f, 'staged'))
        await copyFile(path.join(f, 'slides/a.tif'), path.join(f, 'staged/a.tif'))
        await utimes(path.join(f, 'staged/a.tif'), 1, 1)
        await edit(f, 'lists/l.csv', '../slides/a.tif', '../staged/a.tif')
      },
    ],
    ['what the card says about the model', editing('model/model.yml', 'about: Shares', 'about: The shares')],
    ['a type said that the column had', editing('p.yml', 'l.csv }', 'l.csv, columns: { age: number } }')],
    ['the number of lanes, and of slides side by side', editing('p.yml', 'lanes: 1', 'lanes: 2, slides: 3')],
    ['devices that come first but are not here', editing('p.yml', 'model: ./model', 'model: ./model, device: [cpu, cuda]')],
    ['the method of a mask that is a file, written out', editing('p.yml', 'mask: { file', 'mask: { method: file, file')],
    ['a model that like: names, of which the grid is the same', editing('p.yml', 'size: 16 px, at', 'like: ./model, size: 16 px, at')],
  ],
}

for (const [group, changes] of Object.entries(doesNotCount)) {
  test.serial(`does not count: ${group}`, async (t) => {
    const after = async (some: typeof changes) => {
      let folder = await finished(t)
      for (const [, change] of some) {
        const moved = await change(folder, t)
        if (typeof moved === 'string') folder = moved
      }
      return outcome(folder)
    }
    const all = await after(changes)
    // Which of them it was: each by itself.
    if (all !== 'left alone') for (const one of changes) t.is(await after([one]), 'left alone', one[0])
    t.is(all, 'left alone')
  })
}

test.serial('does not count: the order of the sinks', async (t) => {
  const folder = await finished(t)
  await edit(folder, 'p.yml', '[csv]', '[csv, jsonl]')
  t.is(await outcome(folder), sinksChanged)
  await edit(folder, 'p.yml', '[csv, jsonl]', '[jsonl, csv]')
  t.is(await outcome(folder), 'left alone')
})

test.serial('does not count: where the places of patches lie; what they are does', async (t) => {
  const folder = await finished(t)
  await edit(folder, 'p.yml', 'at: baseline }', 'at: baseline, places: "places/{slide}.csv" }')
  await mkdir(path.join(folder, 'places'))
  await put('places/a.csv', 'x,y\n0,0\n20,16\n')(folder)
  t.is(await outcome(folder, { redo: true }), 'made')
  await rename(path.join(folder, 'places'), path.join(folder, 'others'))
  await edit(folder, 'p.yml', 'places/', 'others/')
  t.is(await outcome(folder), 'left alone')
  await put('others/a.csv', 'x,y\n0,0\n21,16\n')(folder)
  t.is(await outcome(folder), `made again: ${referenceChanged}`)
})

test.serial('does not count: further lines of the list, also with empty cells', async (t) => {
  const folder = await finished(t)
  await copyFile(path.join(folder, 'slides/a.tif'), path.join(folder, 'slides/b.tif'))
  await copyFile(path.join(folder, 'masks/a.npy'), path.join(folder, 'masks/b.npy'))
  await put('lists/l.csv', 'uri,age\n../slides/b.tif,\n../slides/a.tif,61\n')(folder)
  const { summary } = await runFile(path.join(folder, 'p.yml'))
  t.deepEqual(summary.slides, { done: 1, failed: 0, skipped: 1 })
})

test.serial('a slide that left the cohort is named, its results stay', async (t) => {
  const folder = await finished(t)
  await copyFile(path.join(folder, 'slides/a.tif'), path.join(folder, 'slides/b.tif'))
  await copyFile(path.join(folder, 'masks/a.npy'), path.join(folder, 'masks/b.npy'))
  await put('lists/l.csv', 'uri,age\n../slides/b.tif,5\n')(folder)
  const { summary, events } = await runFile(path.join(folder, 'p.yml'))
  t.deepEqual(summary.leftovers, ['a'])
  t.true(events.some((event) => event.type === 'warning' && /results of a slide that is not part of this run: a$/.test(event.message)))
  const stored = JSON.parse(await readFile(path.join(folder, 'out/.tiastream/run.json'), 'utf8'))
  t.deepEqual(stored.leftovers, ['a'])
  t.true((await readFile(path.join(folder, 'out/a.csv'), 'utf8')).length > 0)
})

test.serial('a finished slide that changed and fails now: its table of before is there, and that is said each time', async (t) => {
  const folder = await finished(t)
  await writeFile(path.join(folder, 'slides/a.tif'), slide().subarray(0, 3000))
  for (const time of ['first', 'second']) {
    const { summary, events } = await runFile(path.join(folder, 'p.yml'))
    t.is(summary.slides.failed, 1)
    const said = events.find((event) => event.type === 'warning' && event.code === 'RESULTS_OLD')
    t.regex(said?.type === 'warning' ? said.message : '', /^a\.csv of a are still those of an earlier run$/, time)
  }
  await writeFile(path.join(folder, 'slides/a.tif'), slide(3))
  t.is(await outcome(folder), 'made')
  t.is(await outcome(folder), 'left alone')
})

test.serial('slides of another device or version that stay are told; the receipt names both, and the fallback', async (t) => {
  const folder = await finished(t)
  const name = 'out/.tiastream/receipts/a.json'
  const receipt = JSON.parse(await readFile(path.join(folder, name), 'utf8')) as Receipt
  t.like(receipt, { schema: 'tiastream-receipt/2', device: 'cpu', precision: 'float32' })
  await edit(folder, 'p.yml', 'model: ./model', 'model: ./model, device: [cuda, cpu]')
  await edit(folder, name, '"device": "cpu"', '"device": "cuda"')
  await edit(folder, name, `"tiastream": "${receipt.tiastream}"`, '"tiastream": "0.1.9"')
  const { summary, events } = await runFile(path.join(folder, 'p.yml'))
  t.is(summary.slides.skipped, 1)
  if (summary.device !== 'cpu') return
  t.true(events.some((event) => event.type === 'warning' && /a slide made by tiastream 0\.1\.9 on cuda before stay/.test(event.message)))
  await runFile(path.join(folder, 'p.yml'), { redo: true })
  const again = JSON.parse(await readFile(path.join(folder, name), 'utf8')) as Receipt
  t.true(
    again.warnings.some((warning) => /cuda.*using cpu/s.test(warning)),
    again.warnings.join(),
  )
})

for (const [what, change, said] of [
  [
    'a card',
    editing('model/model.yml', 'channels: RGB', 'channels: BGR'),
    /other options: cards\.\.\/model\.inputs\[0\]\.channels: "BGR", was "RGB"$/,
  ],
  ["what the user's code imports", put('code/lib/numbers.json', '[2]'), /other options: the code of \.\/code\/rows\.mjs differs$/],
  ['a column of the list', put('lists/l.csv', 'uri,age,sex\n../slides/a.tif,61,f\n'), /columns\.sex\.type: "category", was none/],
  [
    'a number of the source',
    editing('p.yml', 'list: lists/l.csv }', 'list: lists/l.csv, mpp: 0.5 }'),
    /source\.options\.mpp: 0\.5, was none/,
  ],
] as const) {
  test(`what differs is named: ${what}`, async (t) => {
    const folder = await finished(t)
    await change(folder)
    const error = await t.throwsAsync(runFile(path.join(folder, 'p.yml')), { code: 'OUTPUT_DIFFERS' })
    t.regex(error!.message, said)
  })
}

test('a folder in the place of a receipt fails its slide, not those after it', async (t) => {
  const folder = await finished(t)
  await copyFile(path.join(folder, 'slides/a.tif'), path.join(folder, 'slides/b.tif'))
  await copyFile(path.join(folder, 'masks/a.npy'), path.join(folder, 'masks/b.npy'))
  await writeFile(path.join(folder, 'lists/l.csv'), 'uri,age\n../slides/a.tif,61\n../slides/b.tif,62\n')
  const receipt = path.join(folder, 'out/.tiastream/receipts/a.json')
  await rm(receipt)
  await mkdir(receipt)
  const { summary } = await runFile(path.join(folder, 'p.yml'))
  t.deepEqual(summary.slides, { done: 1, failed: 1, skipped: 0 })
  t.regex(summary.failures[0]!.error.message, /receipts\/a\.json cannot be written: a folder has this name/)
  await rm(receipt, { recursive: true })
  t.deepEqual((await runFile(path.join(folder, 'p.yml'))).summary.slides, { done: 1, failed: 0, skipped: 1 })
})
