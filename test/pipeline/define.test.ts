/** Pipelines as objects: the same check, the same plan and the same run as those of files; and what a program gives as what a file holds. */

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import {
  batch,
  csv,
  definePipeline,
  defineSource,
  extract,
  grid,
  imageSlide,
  infer,
  mask,
  merge,
  overlay,
  type PipelineError,
  type Plan,
  parquet,
  patches,
  patchesOf,
  type Row,
  readPlan,
  rowsIn,
  runPipeline,
  slides,
  slidesOf,
  sourceOf,
  streamRows,
  tiles,
} from '../../src/index.js'
import { buildTiff, pixels, rgbPage } from '../readers/tiff-builder.js'
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

test('options of another realm, as Jest and structuredClone give them, are plain objects; what has a class is none', async (t) => {
  const source = slidesOf([imageSlide(new Uint8Array(224 * 224 * 3), { width: 224, height: 224, mpp: 1, id: 'a' })])
  const planOf = (options: object) =>
    definePipeline({ source, stages: [grid(options), extract(), batch(), infer({ model: 'stain' }), merge()], sinks: [] })
  t.is((await planOf(runInNewContext('({ size: 224, at: "1 mpp" })'))).source.kind, 'slide')
  for (const odd of ['new Date()', 'new (class Own {})'])
    await t.throwsAsync(planOf(runInNewContext(odd)), { message: /is an object of (Date|Own)/ }, odd)
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

async function rowsOfPlan(plan: Plan): Promise<Row[]> {
  const stream = streamRows(plan)
  const rows: Row[] = []
  for await (const row of rowsIn(stream.columns, stream)) rows.push(row)
  return rows
}

const side = 224
const ask = [extract(), batch({ size: 2 }), infer({ model: 'stain' }), merge()] as const

/** A NumPy file of one picture. */
function npy(picture: Uint8Array): Uint8Array {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${side}, ${side}, 3), }`
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text}`.padEnd(127).concat('\n'), 'latin1')
  head.writeUInt16LE(head.length - 10, 8)
  return Buffer.concat([head, picture])
}

test('patches in memory have the rows of the same patches in files, and are counted in the memory of the plan', async (t) => {
  const folder = await tempFolder(t)
  const pictures = [0, 1, 2, 3, 4].map((i) => pixels(i * 50, i * 90, side, side))
  await mkdir(path.join(folder, 'pictures'))
  for (const [i, picture] of pictures.entries()) await writeFile(path.join(folder, `pictures/${i}.npy`), npy(picture))
  const filed = await definePipeline(
    { source: patches({ folder: 'pictures', set: 'five' }), stages: ask, runtime: { lanes: 1 } },
    { folder },
  )
  const wanted = (await rowsOfPlan(filed)).map(({ file, ...row }) => row)
  t.is(wanted.length, 5)
  const labels = ['a', 'b', 'c', 'a', 'b']
  const options = { width: side, height: side, set: 'five' }
  const plan = await definePipeline({ source: patchesOf(pictures, { ...options, labels }), stages: ask, runtime: { lanes: 2 } })
  const own = plan.memory.find(({ what }) => what === 'pixels that the program gave')
  t.is(own?.bytes, 5 * side * side * 3)
  t.deepEqual(
    (await rowsOfPlan(plan)).map(({ file, label, ...row }) => ({ label, row })),
    wanted.map((row, i) => ({ label: labels[i]!, row })),
  )
  // Side by side in one array, and written as files, too.
  const source = patchesOf(new Uint8Array(Buffer.concat(pictures)), options)
  const written = await definePipeline({ source, stages: ask, sinks: [csv()], output: 'out', runtime: { lanes: 1 } }, { folder })
  t.is((await runPipeline(written)).rows, 5)
  t.is((await runPipeline(written)).slides.skipped, 1)
  await t.throwsAsync(definePipeline({ source, stages: ask, runtime: { memory: '1 MiB' } }), {
    code: 'MEMORY_EXCEEDED',
    message: /runtime\.memory is 1 MiB, and/,
  })
  await t.throwsAsync(definePipeline({ source: patchesOf([new Uint8Array(12)], { width: 2, height: 2 }), stages: ask }), {
    code: 'PATCH_SIZE',
    message: /finds pictures of 2 x 2 \(memory:0\), and stain takes 224 x 224/,
  })
})

test('a picture in memory has the rows of the same picture in a file, and what is said of it goes into them', async (t) => {
  const folder = await tempFolder(t)
  const [width, height] = [640, 512]
  await writeFile(path.join(folder, 'a.tif'), buildTiff([rgbPage({ width, height, tile: 64 })]))
  const stages = [grid({ at: '0.5 mpp', size: side, stride: 160 }), mask({ keep: 0 }), ...ask] as const
  const rows = async (source: ReturnType<typeof slidesOf>) =>
    rowsOfPlan(await definePipeline({ source, stages, runtime: { lanes: 1 } }, { folder }))
  const seen = await rows(slidesOf([imageSlide(pixels(0, 0, width, height), { width, height, mpp: 0.4, id: 'a' })]))
  t.true(seen.length > 4)
  t.deepEqual(seen, await rows(slidesOf([{ uri: 'a.tif', mpp: 0.4 }])))
  const said = await rows(slidesOf([{ uri: 'a.tif', mpp: 0.4, label: 'tumour', carried: { age: 61 } }]))
  t.deepEqual(
    said,
    seen.map((row) => ({ ...row, label: 'tumour', age: 61 })),
  )
})

test('what a program gives is refused with what is wrong with it', (t) => {
  const two = { width: 2, height: 2 }
  t.throws(() => patchesOf([new Uint8Array(12), new Uint8Array(16)], two), {
    code: 'OPTION_INVALID',
    message: 'patchesOf: patch 1 has 16 bytes, and 2 x 2 RGB pixels have 12',
  })
  const others = [new Float32Array(12), new Uint16Array(12), new Int8Array(12), Array(12).fill(7), new ArrayBuffer(12), 'abc', 5]
  for (const given of others as never[]) {
    const refused = { code: 'OPTION_INVALID', message: /is of type \w+, not bytes/ }
    t.throws(() => patchesOf([given], two), refused)
    t.throws(() => imageSlide(given, two), refused)
  }
  for (const given of [new Float32Array(12), 'abc', { length: 0 }, 5] as never[])
    t.throws(() => patchesOf(given, two), { code: 'OPTION_INVALID', message: /neither a list of patches nor one array of bytes/ })
  const elsewhere = runInNewContext('new Uint8ClampedArray(12)') as Uint8ClampedArray
  for (const bytes of [new Uint8ClampedArray(12), Buffer.alloc(12), elsewhere]) {
    t.notThrows(() => patchesOf([bytes], two))
    t.notThrows(() => patchesOf(bytes, two))
    t.notThrows(() => imageSlide(bytes, two))
  }
  t.throws(() => patchesOf([new Uint8Array(12)], { ...two, labels: [3] as never }), { message: 'patchesOf: the label of patch 0 is 3' })
  t.throws(() => patchesOf(new Uint8Array(30), two), { code: 'OPTION_INVALID', message: /behind its last patch has 6 bytes/ })
  t.throws(() => patchesOf([], two), { code: 'NO_SLIDES' })
  t.throws(() => patchesOf([new Uint8Array(12)], { ...two, labels: [] }), { message: 'patchesOf: there are 1 patch and 0 labels' })
  t.throws(() => patchesOf([new Uint8Array(12)], { ...two, set: 'a/b' }), { message: /the id 'a\/b' cannot be a file name/ })
  t.throws(() => imageSlide(new Uint8Array(12), { width: 2.5, height: 2 }), { code: 'OPTION_INVALID' })
  for (const mpp of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '0.5', null] as never[]) {
    const refused = { code: 'OPTION_INVALID', message: /: (mpp|power) is .*, which is no number above 0/ }
    t.throws(() => imageSlide(new Uint8Array(12), { ...two, mpp }), refused)
    t.throws(() => slidesOf([{ uri: 'a.svs', power: mpp }]), refused)
  }
  for (const value of [new Date(0), { a: 1 }, [1], 10n, Symbol('x'), () => 1] as never[]) {
    t.throws(() => slidesOf([{ uri: 'a.svs', carried: { value } }]), {
      code: 'OPTION_INVALID',
      message: /a\.svs: 'value' is .*no row holds/,
    })
    t.throws(() => slidesOf([{ uri: 'a.svs', label: value }]), { code: 'OPTION_INVALID', message: /label is .*no text/ })
    t.throws(() => slidesOf([value]), { code: 'OPTION_INVALID', message: /slide 0 has no uri/ })
  }
  t.notThrows(() => slidesOf([{ uri: 'a.svs', carried: { a: undefined as never, b: null, c: true } }]))
  t.throws(() => slidesOf('a.svs' as never), { code: 'OPTION_INVALID', message: 'slidesOf is given no list' })
  t.throws(() => slidesOf([]), { code: 'NO_SLIDES' })
  t.throws(() => slidesOf(['x/a.svs', 'y/a.svs']), { code: 'ID_CLASH' })
  const mixed = [1, 'old'].map((age, i) => ({ uri: `${i}.svs`, carried: { age } }))
  t.throws(() => slidesOf(mixed), { message: `slidesOf: 'age' is 1 of one slide and "old" of another` })
})

test('what is no plan, no pipeline and no function is refused in words, before anything begins', async (t) => {
  const folder = await tempFolder(t)
  const pipeline = { source: slides({ glob: '*.tif' }), stages: ask, sinks: [csv()], output: 'out' }
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /^runPipeline takes a plan, and is given undefined/],
    ['p.yml', /is given the text 'p\.yml'/],
    [Promise.resolve(), /is given the promise of one/],
    [pipeline, /is given a pipeline that nobody has checked/],
    [{ problems: [], plan: undefined }, /is given what checkPipeline says/],
    [{}, /is given an object/],
    [
      { sinks: [], provenance: {}, source: { name: 'slides' }, environment: { sources: { slides: {} } } },
      /is given a copy of one without its functions/,
    ],
  ]
  for (const [given, message] of wrong) {
    const error = await t.throwsAsync(runPipeline(given as never), { code: 'OPTION_INVALID', message })
    t.truthy((error as PipelineError).hint)
    t.throws(() => streamRows(given as never), { code: 'OPTION_INVALID' })
  }
  for (const given of [undefined, null, 'p.yml', 7] as never[])
    await t.throwsAsync(definePipeline(given), { code: 'OPTION_INVALID', message: /^definePipeline takes a pipeline, and is given / })
  await t.throwsAsync(definePipeline({ ...pipeline, output: new URL('file:///out') } as never, { folder }), {
    message: /^output is an object of URL: write fileURLToPath\(url\)/,
  })
  // One sink in the place of a list is named as that, not by the insides of a part.
  await t.throwsAsync(definePipeline({ ...pipeline, sinks: csv() } as never, { folder }), { message: /sinks must be a list/ })
})

test('a signal ends the wait for a source that does not answer, and no further slide is looked at', async (t) => {
  const reason = new Error('enough')
  const asked: string[] = []
  const controller = new AbortController()
  const stopped = defineSource({
    name: 'far',
    kind: 'slide',
    summary: 'a source',
    options: {},
    examples: [],
    load: async () => ({
      columns: async () => [],
      async *default() {
        yield { kind: 'slide' as const, id: 'a', uri: demo, carried: {} }
        controller.abort(reason)
        yield { kind: 'slide' as const, id: 'b', uri: demo, carried: {} }
        asked.push('more')
      },
    }),
  })
  const pipeline = { source: sourceOf(stopped)(), stages: [grid(), extract(), batch(), merge()] as const }
  t.is(await t.throwsAsync(definePipeline(pipeline, { signal: controller.signal })), reason)
  t.deepEqual(asked, [])
  const late = new AbortController()
  const silence = () => {
    late.abort(reason)
    return new Promise<never>(() => undefined)
  }
  const silent = defineSource({ ...stopped, load: async () => ({ ...(await stopped.load()), columns: silence }) })
  t.is(await t.throwsAsync(definePipeline({ ...pipeline, source: sourceOf(silent)() }, { signal: late.signal })), reason)
  t.is(await t.throwsAsync(readPlan('absent.yml', { signal: controller.signal })), reason)
  await t.throwsAsync(readPlan('absent.yml', { signal: 'no' as never }), { code: 'OPTION_INVALID' })
})
