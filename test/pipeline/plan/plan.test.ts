import { link, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { checkPipeline } from '../../../src/pipeline/check/check.js'
import { readPlan } from '../../../src/pipeline/check/read-plan.js'
import { defaultEnvironment } from '../../../src/pipeline/environment/default.js'
import { batchSizeOf } from '../../../src/pipeline/plan/batch-size.js'
import { canonical, sinksFingerprint, slideFingerprint } from '../../../src/pipeline/plan/fingerprint.js'
import { farHolds, formatBytes, laneShareOf, sumOf } from '../../../src/pipeline/plan/memory.js'
import { planJson, planMermaid, planText } from '../../../src/pipeline/plan/plan-text.js'
import type { Plan } from '../../../src/pipeline/plan/plan-type.js'
import { folderOf } from '../../sources/support.js'

const usual = `
output: ./out
slides: { glob: "*.svs" }
stages:
  - grid: { stride: 112 px }
  - mask: { keep: 25 % }
  - extract
  - batch: { size: 8 }
  - infer: { model: stain, device: [cuda, cpu] }
  - merge
sinks:
  - parquet
  - csv: { file: "tables/{slide}.csv" }
runtime: { slides: 3, lanes: 5, memory: 16 GiB }
`

async function planned(t: ExecutionContext, text: string, files: Record<string, string | Uint8Array> = { 'a.svs': '' }): Promise<Plan> {
  const folder = await folderOf(t, { ...files, 'p.yml': text })
  return readPlan(path.join(folder, 'p.yml'), { env: {} })
}

test('options are filled in: from defaults, and from the card of the model', async (t) => {
  const { stages, provenance, cards, devices } = await planned(t, usual)
  t.deepEqual(
    stages.map(({ name }) => name),
    ['grid', 'mask', 'extract', 'batch', 'infer', 'merge'],
  )
  const { size, stride, at } = stages[0]!.options
  t.deepEqual({ size, stride, at }, { size: [224, 224], stride: [112, 112], at: { value: 0.5, units: 'mpp' } })
  t.is(stages[1]!.options.keep, 0.25)
  t.deepEqual(provenance.grid, { at: { value: 0.5, units: 'mpp' }, patch: [224, 224], stride: [112, 112] })
  t.is(provenance.model, cards.stain)
  t.deepEqual(devices, ['cuda', 'cpu'])
})

test('what a stage is to the others does not hang on its name', async (t) => {
  const own = { grid: 'lattice', mask: 'tissue', extract: 'look', batch: 'pack', infer: 'ask', merge: 'tell' }
  const renamed = Object.entries(own).reduce((text, [name, mine]) => text.replace(`- ${name}`, `- ${mine}`), usual)
  const mine = Object.entries(own).map(([name, called]) => [called, { ...defaultEnvironment.stages[name]!, name: called }] as const)
  const folder = await folderOf(t, { 'a.svs': '', 'p.yml': renamed.replace('- csv', '- mask\n  - clam\n  - overlay\n  - csv') })
  const theirs = { ...defaultEnvironment, stages: Object.fromEntries(mine) }
  const plan = await readPlan(path.join(folder, 'p.yml'), { env: {} }, theirs)
  const built = await planned(t, usual.replace('- csv', '- mask\n  - clam\n  - overlay\n  - csv'))
  const bare = ({ provenance: { fingerprint, ...rest } }: Plan) => rest
  t.deepEqual(bare(plan), bare(built))
  t.deepEqual(plan.columns, built.columns)
  t.deepEqual(plan.devices, built.devices)
  t.is(batchSizeOf(plan.stages), 8)
  t.is(sumOf(plan.memory), sumOf(built.memory))
  // What does not fit is told of either.
  await writeFile(path.join(folder, 'p.yml'), renamed.replace('stride: 112 px', 'size: 100 px'))
  const { problems } = await checkPipeline(path.join(folder, 'p.yml'), { env: {} }, theirs)
  t.deepEqual(
    problems.map(({ code, message }) => `${code} ${message}`),
    [
      "SHAPE_MISMATCH is 100 × 100 px, and the model 'stain' takes 224 × 224 px: for as much of the slide as now write size: 224 px, at: 0.223214286 mpp",
    ],
  )
})

test('each mistake in the card of a model is a problem of its own', async (t) => {
  const card = 'name: mine\ninputs: [{ name: image, size: 4 px }]\noutputs: [{ name: a, kind: vector }, { name: b, kind: vector }]\n'
  const folder = await folderOf(t, { 'a.svs': '', 'mine/model.yml': card, 'p.yml': usual.replace('model: stain', 'model: mine') })
  const { problems } = await checkPipeline(path.join(folder, 'p.yml'), { env: {} })
  t.deepEqual(
    problems.map(({ message }) => message.slice(message.indexOf('outputs'))),
    [0, 1].map((i) => `outputs[${i}].kind: must be one of classes, features, values, mask, is 'vector'`),
  )
})

test('of several models each has its columns under its name, and all count: for memory, metadata and fingerprint', async (t) => {
  const ask = '  - infer: { model: stain, device: [cuda, cpu] }\n'
  const three = usual
    .replace('  - csv: { file: "tables/{slide}.csv" }\n', '')
    .replace(ask, `${ask}  - infer: { model: colour, device: webgpu }\n  - infer: { model: surroundings, as: "3 by 3" }\n`)
  const one = await planned(t, usual)
  const plan = await planned(t, three)
  const all = plan.columns.map(({ name }) => name)
  t.deepEqual(all.slice(0, 15), one.columns.map(({ name }) => name).slice(0, 15))
  t.deepEqual(all.slice(15), [
    ...['stain_prediction', 'stain_class', 'stain_prob_background', 'stain_prob_hematoxylin_rich', 'stain_prob_eosin_rich', 'stain_focus'],
    'colour_moments',
    ...['model_3_by_3_prediction', 'model_3_by_3_class', 'model_3_by_3_prob_glass', 'model_3_by_3_prob_tissue'],
  ])
  t.is(plan.provenance.model!.name, 'stain')
  t.deepEqual(
    plan.provenance.others!.map(({ name }) => name),
    ['colour', 'surroundings'],
  )
  t.deepEqual(plan.devices, ['cuda', 'cpu', 'webgpu'])
  t.deepEqual(
    plan.segments.map(({ where, stages }) => `${where}: ${stages.map(({ options }) => options.model ?? '').join(' ')}`),
    ['main:  ', 'lane:   surroundings', 'device: stain colour '],
  )
  const asking = plan.memory.filter(({ what }) => what.startsWith('infer '))
  t.deepEqual(
    asking.map(({ what }) => what),
    ['infer stain, 2 sessions', 'infer colour, 2 sessions', 'infer surroundings, 5 lanes'],
  )
  // Both fill a batch of 8: 224, 112 and 84 pixels a side.
  const batch = (of: Plan) => of.memory.find(({ what }) => what.startsWith('batch'))!.bytes / 5
  t.is(batch(plan) - batch(one), 8 * 3 * (112 ** 2 + 84 ** 2))
  const other = await planned(t, three.replace('model: surroundings', 'model: mine'), {
    'a.svs': '',
    'mine/model.yml': (await readFile(path.join(packageRoot, 'models/surroundings/model.yml'), 'utf8')).replace('84 px', '60 px'),
    'mine/model.onnx': await readFile(path.join(packageRoot, 'models/surroundings/model.onnx')),
  })
  t.deepEqual(other.columns, plan.columns)
  t.not(other.provenance.fingerprint, plan.provenance.fingerprint)
  // One alone may have its name in front, too: another may be asked later.
  const named = await planned(t, usual.replace('{ model: stain,', '{ model: stain, as: he,'))
  t.true(named.columns.some(({ name }) => name === 'he_prob_eosin_rich'))
})

test('columns: place first, then notes, then answers, then what the list carries', async (t) => {
  const list = usual.replace('glob: "*.svs"', 'list: l.csv')
  const { columns, mergedColumns } = await planned(t, list, { 'a.svs': '', 'l.csv': 'uri,label,age\na.svs,x,63\n' })
  t.deepEqual(
    columns.map(({ name }) => name),
    [
      ...['slide', 'index', 'grid_x', 'grid_y', 'x0', 'y0', 'x1', 'y1', 'base_x', 'base_y', 'base_w', 'base_h', 'status', 'error'],
      ...['tissue', 'prediction', 'class', 'prob_background', 'prob_hematoxylin_rich', 'prob_eosin_rich', 'focus'],
      ...['label', 'age'],
    ],
  )
  t.deepEqual(columns, mergedColumns)
})

test('a stage that shapes rows changes the columns of the sinks, not of the journal', async (t) => {
  const shaped = usual.replace(
    '  - merge\n',
    '  - merge\n  - rows: { module: ./s.js, keep: [slide, index], columns: [{ name: score, type: float32 }] }\n',
  )
  const plan = await planned(t, shaped, { 'a.svs': '', 's.js': 'export default (rows) => rows' })
  t.deepEqual(
    plan.columns.map(({ name }) => name),
    ['slide', 'index', 'score'],
  )
  t.is(plan.mergedColumns.length, 21)
})

test('a set has its hidden stage, its file and its label', async (t) => {
  const set =
    'output: out\npatches: { folder: k, label: parent }\nstages: [extract, batch, { infer: { model: stain } }, merge]\nsinks: [csv]\n'
  const plan = await planned(t, set, { 'k/TUM/a.png': '' })
  t.is(plan.stages[0]!.name, 'images')
  t.is(plan.source.kind, 'set')
  const names = plan.columns.map(({ name }) => name)
  t.deepEqual(names.slice(0, 5), ['slide', 'index', 'status', 'error', 'file'])
  t.is(names.at(-1), 'label')
})

test('slides on servers count with what lanes have in flight, where the source names them', (t) => {
  const runtime = { slides: 2, lanes: 3 } as Plan['runtime']
  const [far] = farHolds({ list: ['a.svs', { uri: 's3://bucket/a.svs' }] }, runtime)
  t.is(far?.bytes, 2 * (3 * 24 + 32) * 1024 ** 2)
  t.is(far?.lane, 2 * 24 * 1024 ** 2)
  t.deepEqual(farHolds({ glob: 'slides/*.svs', of: [{ data: new Uint8Array(10) }, null] }, runtime), [])
})

for (const [where, text] of [
  ['on a device', usual],
  ['in the lanes', usual.replace('device: [cuda, cpu]', 'device: cpu')],
] as const) {
  test(`the share of a lane is what one lane more adds to the memory sum: a model ${where}`, async (t) => {
    const [five, six] = [await planned(t, text), await planned(t, text.replace('lanes: 5', 'lanes: 6'))]
    t.is(sumOf(six.memory) - sumOf(five.memory), laneShareOf(five.memory))
    t.true(laneShareOf(five.memory) > 48 * 1024 ** 2)
    t.regex(planText(five), new RegExp(`together +.*, of which each lane ${formatBytes(laneShareOf(five.memory))}`))
  })
}

test('the memory sum counts lanes and slides', async (t) => {
  const { memory } = await planned(t, usual)
  const bytes = (what: string) => memory.find((item) => item.what.startsWith(what))!.bytes
  // Each of 5 lanes keeps 32 MiB of tiles of each of 3 slides; the main thread 8 MiB of each, and so does the helper that makes masks.
  t.is(bytes('tile caches'), (5 * 32 + 8 + 8) * 3 * 1024 ** 2)
  t.is(bytes('node and 8 threads'), (96 + 8 * 48) * 1024 ** 2, '5 lanes, two sessions, and the helper')
  // No mask, no helper for it; pictures have one.
  const drawing = await planned(
    t,
    usual.replace('  - mask: { keep: 25 % }\n', '').replace('  - parquet\n', '  - parquet\n  - thumbnail\n  - overlay\n'),
  )
  t.deepEqual(drawing.memory[0], memory[0])
  // A batch of 8 pictures of 224 × 224 × 3 bytes in each lane.
  t.is(bytes('batch'), 5 * 8 * 224 * 224 * 3)
  t.is(
    sumOf(memory),
    memory.reduce((sum, item) => sum + item.bytes, 0),
  )
  t.is(formatBytes(1.5 * 1024 ** 3), '1.5 GiB')
  t.is(formatBytes(512 * 1024 ** 2), '512 MiB')
})

test('a card has its sessions, and the pixels on their way to it are counted', async (t) => {
  const on = async (device: string) => planned(t, usual.replace('[cuda, cpu]', device))
  const [cpu, gpu, either] = [await on('cpu'), await on('cuda'), await on('[cuda, cpu]')]
  const bytes = ({ memory }: typeof cpu, what: string) => memory.find((item) => item.what.startsWith(what))?.bytes ?? 0
  const one = bytes(cpu, 'infer, 5 lanes') / 5
  t.is(one, bytes(await on('webgpu'), 'infer, 1 session'))
  // It takes a batch whole, of the machine's memory; the processor sixteen patches of it at once.
  const larger = async (device: string) => planned(t, usual.replace('[cuda, cpu]', device).replace('size: 8', 'size: 64'))
  t.is(bytes(await larger('webgpu'), 'infer, 1 session') - bytes(await larger('cpu'), 'infer, 5 lanes') / 5, (64 - 16) * 224 * 224 * 3 * 64)
  // Here the file in two forms while it is loaded, and pictures and answers of a batch of 8; what lies between layers is on the card.
  const { bytes: weights = 0, outputs } = cpu.cards.stain!
  const batch = 8 * (224 * 224 * 3 + 4 * outputs.reduce((sum, { width }) => sum + width, 0))
  t.is(bytes(gpu, 'infer, 2 sessions'), 2 * (128 * 1024 ** 2 + 2 * weights + batch))
  t.is(bytes(await on('"cuda:0+cuda:1"'), 'infer, 4 sessions'), 2 * bytes(gpu, 'infer, 2 sessions'))
  t.deepEqual(
    (await on('"cuda:0+cuda:1"')).cardMemory!.map(({ what }) => what),
    ['cuda:0, 2 sessions', 'cuda:1, 2 sessions'],
  )
  t.is(cpu.cardMemory, undefined)
  // Three blocks of 32 patches of each of 5 lanes.
  t.is(bytes(gpu, 'pictures on their way'), 5 * 3 * 32 * 224 * 224 * 3)
  t.is(bytes(cpu, 'pictures on their way'), 0)
  t.deepEqual(either.memory, gpu.memory)
  t.deepEqual(either.memoryInLanes, cpu.memory)
  t.is(cpu.memoryInLanes, undefined)
})

test('the plan is frozen through and through', async (t) => {
  const plan = await planned(t, usual)
  t.throws(() => Object.assign(plan.stages[0]!.options, { size: 1 }), { instanceOf: TypeError })
  t.throws(() => (plan.columns as unknown[]).push(1), { instanceOf: TypeError })
})

test('the fingerprint changes with what can change a row, and with nothing else', async (t) => {
  const base = (await planned(t, usual)).provenance.fingerprint
  const of = async (from: string, to: string, files?: Record<string, string>) =>
    (await planned(t, usual.replace(from, to), files)).provenance.fingerprint
  t.is(await of('', ''), base)
  t.is(await of('lanes: 5', 'lanes: 1'), base)
  t.is(await of('./out', './elsewhere'), base)
  t.is(await of('tables/', 'other/'), base)
  t.is(await of('*.svs', '**/*.svs', { 'deep/b.svs': '' }), base)
  t.not(await of('112 px', '224 px'), base)
  t.not(await of('25 %', '26 %'), base)
  t.not(await of('glob: "*.svs"', 'glob: "*.svs", mpp: 0.3'), base)
  const asked = 'model: stain, device: [cuda, cpu]'
  for (const same of [
    'device: cpu',
    'device: cuda, cuda: { memory: 4 GiB }',
    'device: tensorrt, tensorrt: { cache: ./engines }',
    'precision: fp32',
  ])
    t.is(await of(asked, `model: stain, ${same}`), base, same)
  const others = [
    'device: cuda, cuda: { tf32: true, memory: 4 GiB }',
    'device: tensorrt, tensorrt: { fp16: true }',
    'precision: auto',
    'precision: bf16',
  ]
  const found = await Promise.all(others.map((other) => of(asked, `model: stain, ${other}`)))
  t.is(new Set([...found, base]).size, 5)
  const masks = { 'a.svs': '', 'a/a.png': '', 'b/a.png': '' }
  const masked = await of('keep: 25 %', 'keep: 25 %, file: "a/{slide}.png"', masks)
  t.not(masked, base)
  t.is(await of('keep: 25 %', 'keep: 25 %, file: "b/{slide}.png"', masks), masked, 'what lies there counts with each slide')
  const rows = '  - merge\n  - rows: { module: ./s.js }\n'
  const one = await of('  - merge\n', rows, { 'a.svs': '', 's.js': 'export default (rows) => rows' })
  t.not(one, base)
  t.not(await of('  - merge\n', rows, { 'a.svs': '', 's.js': 'export default (rows) => rows.take(1)' }), one)
})

test('sinks and slides have fingerprints of their own', async (t) => {
  const plan = await planned(t, usual)
  t.not(sinksFingerprint(plan), sinksFingerprint({ ...plan, sinks: plan.sinks.slice(1) }))
  const ref = { kind: 'slide', id: 'a', uri: '/x/a.svs', carried: { age: 63 } } as const
  const of = (over: object) => slideFingerprint({ ...ref, ...over }, [])
  t.is(of({}), of({ uri: '/y/a.svs' }))
  t.not(of({}), of({ carried: { age: 64 } }))
  t.not(of({}), of({ mpp: 0.25 }))
  const picture = { uri: '/x/1.png', label: 'a' }
  const set = { images: [picture, { ...picture, uri: '/x/2.png' }] }
  t.is(of(set), of({ images: set.images.map((one) => ({ ...one, uri: one.uri.replace('/x/', 'https://h/') })) }))
  const others = [
    ...[{ power: 20 }, { power: 40 }, { label: 'a' }, { label: 'b' }, { mpp: 0.25 }],
    ...[set, { images: set.images.toReversed() }, { images: [picture] }, { images: [picture, { ...picture, label: 'b' }] }],
    { images: [picture, { ...set.images[1], carried: { age: 1 } }] },
  ].map(of)
  const files = [['a'], ['b'], ['a', 'b'], ['b', 'a'], [null]].map((all) => all.map((sha256) => ({ file: 'x', sha256 })))
  const all = [of({}), ...others, ...files.map((one) => slideFingerprint(ref, one))]
  t.is(new Set(all).size, all.length)
})

test('what is hashed is one text, whatever the order of keys, and another for every value', (t) => {
  t.is(canonical({ b: [1, { d: null, c: 'x' }], a: undefined }), '{"b":[1,{"c":"x","d":null}]}')
  t.is(canonical({ b: 1, a: 2 }), canonical({ a: 2, b: 1 }))
  const values = [null, 0, '0', 'NaN', Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, [], {}, false]
  const vectors = [Float32Array.of(1), Float32Array.of(1, 2).subarray(1), new Uint8Array(4), Uint8Array.of(0, 0, 128, 63)]
  const texts = [...values, ...vectors].map((value) => canonical({ value }))
  t.is(new Set(texts).size, texts.length)
})

test('what an option of a plugin may be counts by what it says: dates, patterns, sets, functions', (t) => {
  const values = [
    ...[new Date(0), new Date(1), /a/, /b/, new URL('file:///a'), new URL('file:///b'), 1n, 2n, new Set([1]), new Set([2])],
    ...[new Map([['a', 1]]), new Map([['a', 2]]), (n: number) => n, (n: number) => -n, Uint8Array.of(1).buffer, Uint8Array.of(2).buffer],
  ]
  const texts = values.map((value) => canonical({ value }))
  t.is(new Set(texts).size, values.length, texts.join('\n'))
})

test('another resolution than the model was trained at is a warning', async (t) => {
  t.deepEqual((await planned(t, usual)).warnings, [])
  const { warnings } = await planned(t, usual.replace('stride: 112 px', 'at: 1 mpp'))
  t.deepEqual(warnings, ["the grid is at 1 mpp, and the model 'stain' was trained at 0.5 mpp"])
})

test('--output and runtime of the caller win over the file', async (t) => {
  const folder = await folderOf(t, { 'a.svs': '' })
  await writeFile(path.join(folder, 'p.yml'), usual)
  const { plan } = await checkPipeline(path.join(folder, 'p.yml'), { output: path.join(folder, 'mine'), runtime: { lanes: 2 } })
  t.is(plan!.output, path.join(folder, 'mine'))
  t.deepEqual(plan!.runtime, { slides: 3, lanes: 2, sessions: 2, memory: 16 * 1024 ** 3 })
})

test('a plan prints as text, as JSON and as a drawing', async (t) => {
  const plan = await planned(t, usual)
  t.regex(planText(plan), /device {2}infer +batch → batch +model stain, device \[cuda, cpu\]/)
  t.is(JSON.parse(planJson(plan)).provenance.fingerprint, plan.provenance.fingerprint)
  t.regex(planMermaid(plan), /^flowchart LR\n/)
})

test('slides of a list that are not there are a warning; when none is there, nothing can begin', async (t) => {
  const listed = usual.replace('glob: "*.svs"', 'list: l.csv')
  const { warnings } = await planned(t, listed, { 'a.svs': '', 'l.csv': 'uri\ngone.svs\na.svs\n' })
  t.true(
    warnings.some((warning) => /^1 of 2 slides will fail: gone \(there is no file .*gone\.svs\)$/.test(warning)),
    warnings.join('\n'),
  )
  await t.throwsAsync(planned(t, listed, { 'l.csv': 'uri\ngone.svs\na.svs\n' }), {
    message: /l\.csv:2:1.*gone\.svs \(paths in a list start at the folder of the list[\s\S]*l\.csv:3:1.*a\.svs/,
  })
})

test('a file that is taken under two names is told, unless each has a mask of its own', async (t) => {
  const folder = await folderOf(t, { 'a.svs': 'a', 'c.svs': 'c', 'm/a.png': '', 'm/b.png': '', 'm/c.png': '', 'm/d.png': '' })
  await symlink('a.svs', path.join(folder, 'b.svs'))
  await link(path.join(folder, 'c.svs'), path.join(folder, 'd.svs'))
  const linked = async (text: string) => {
    await writeFile(path.join(folder, 'p.yml'), text)
    return (await checkPipeline(path.join(folder, 'p.yml'))).plan!.warnings
  }
  t.deepEqual(await linked(usual), ['2 files are links to another that is taken as well, and count again: b is a, d is c'])
  t.deepEqual(await linked(usual.replace('mask: { keep', 'mask: { file: "m/{slide}.png", keep')), [])
})

test('masks by name: one that is not there is a warning, none is a mistake, one for all slides is told, a word that means nothing is refused', async (t) => {
  const masked = (file: string) => usual.replace('mask: { keep', `mask: { file: "${file}", keep`)
  const slides = { 'a.svs': '', 'b.svs': '' }
  const one = await planned(t, masked('m/{slide}.png'), { ...slides, 'm/a.png': '' })
  t.regex(one.warnings.join('\n'), /^1 of 2 slides will fail: b \(there is no file .*b\.png\)$/)
  t.deepEqual((await planned(t, masked('m/{slide}.png'), { ...slides, 'm/a.png': '', 'm/b.png': '' })).warnings, [])
  await t.throwsAsync(planned(t, masked('m/{slide}.png'), slides), {
    message: /p\.yml:6:5 +stages\[1\]\.mask reads a file of each slide, and none of 2 slides has one: there is no file .*a\.png/,
  })
  const same = await planned(t, masked('m.png'), { ...slides, 'm.png': '' })
  t.regex(same.warnings.join('\n'), /^stages\[1\]\.mask reads .*m\.png for all 2 slides: \{slide\} in its name/)
  t.deepEqual((await planned(t, masked('m.png'), { 'a.svs': '', 'm.png': '' })).warnings, [])
  const listed = usual.replace('glob: "*.svs"', 'list: l.csv')
  const some = await planned(t, listed, { ...slides, 'm.png': '', 'l.csv': 'uri,mask\na.svs,m.png\nb.svs,\n' })
  t.deepEqual(some.warnings, ['stages[1].mask reads a file of 1 of 2 slides, and has none for the others'])
  const byFile = listed.replace('mask: { keep', 'mask: { method: file, keep')
  const left = await planned(t, byFile, { ...slides, 'm.png': '', 'l.csv': 'uri,mask\na.svs,m.png\nb.svs,\n' })
  t.regex(left.warnings.join('\n'), /^1 of 2 slides will fail: b \(neither stages\[1\]\.mask nor the source names a file\)/)
  await t.throwsAsync(planned(t, byFile, { ...slides, 'l.csv': 'uri\na.svs\nb.svs\n' }), {
    message: /mask reads a file of each slide, and none of 2 slides has one: neither stages\[1\]\.mask nor the source names a file/,
  })
  const error = await t.throwsAsync(planned(t, masked('m/{id}.png'), slides))
  t.regex(error!.message, /file has \{id\}, and only \{slide\} stands for something/)
  t.notRegex(error!.message, /none of 2 slides/)
})

test('a sink of a table that no stage gives is told so; without a word it takes the patches', async (t) => {
  const { csv } = defaultEnvironment.sinks
  const sinks = {
    ...defaultEnvironment.sinks,
    cells: { ...csv!, name: 'cells', table: 'cells' },
    same: { ...csv!, name: 'same', table: 'patches' },
  }
  const folder = await folderOf(t, {
    'a.svs': '',
    'p.yml': usual.replace('  - csv:', '  - cells\n  - same: { file: "{slide}.same.csv" }\n  - csv:'),
  })
  const { problems } = await checkPipeline(path.join(folder, 'p.yml'), { env: {} }, { ...defaultEnvironment, sinks })
  t.deepEqual(
    problems.map(({ code, path: at, message }) => [code, at, message]),
    [['KINDS_DO_NOT_MEET', 'sinks[1].cells', "takes rows of the table 'cells', and the stages give patches only"]],
  )
})
