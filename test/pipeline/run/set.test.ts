/** `patches:` through a whole pipeline: what check says of sizes, and what a list carries into the rows. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { newGraph } from '../../../src/models/onnx/graph.js'
import { checkPipeline } from '../../../src/pipeline/check/check.js'
import { runFile } from '../../support/pipeline-file.js'
import { writeSmallModel } from '../../support/small-model.js'
import { tempFolder } from '../../support/temp.js'

const side = 56

/** Pictures of these sizes beside a pipeline whose model takes 56 × 56. */
async function prepared(t: ExecutionContext, sizes: readonly number[], patches: string, extract = 'extract') {
  const folder = await tempFolder(t)
  await writeSmallModel(folder)
  await mkdir(path.join(folder, 'k'))
  for (const [i, size] of sizes.entries()) {
    await sharp({ create: { width: size, height: size, channels: 3, background: { r: 200, g: 100 + i, b: 180 } } })
      .png()
      .toFile(path.join(folder, `k/${i}.png`))
  }
  const file = path.join(folder, 'p.yml')
  await writeFile(
    file,
    `output: ./out\npatches: ${patches}\nstages: [${extract}, batch: { size: 2 }, infer: { model: small }, merge]\nsinks: [csv]\nruntime: { lanes: 1 }\n`,
  )
  return { folder, file }
}

for (const [title, sizes, patches, extract, said] of [
  ['the size of the model', [side, side], '{ folder: k }', 'extract', []],
  ['another size', [80, 80], '{ folder: k }', 'extract', [/pictures of 80 x 80 .*takes 56 x 56: write resize: \[56 px, 56 px\]/]],
  ['several sizes', [side, 80, side], '{ folder: k }', 'extract', [/56 x 56 .* and of 80 x 80 \(.*1\.png\): write resize/]],
  ['several sizes, to be marked', [side, 80, side], '{ folder: k }', 'extract: { on_error: mark }', []],
  ['several sizes, brought to that of the model', [30, 80, side], '{ folder: k, resize: 56 px }', 'extract', []],
  ['several sizes, brought to another', [30, 80], '{ folder: k, resize: 64 px }', 'extract', [/^is 64 x 64, and small takes 56 x 56/]],
] as const) {
  test(`check of pictures of ${title}`, async (t) => {
    const { file } = await prepared(t, sizes, patches, extract)
    const { problems, plan } = await checkPipeline(file)
    t.is(problems.length, said.length, JSON.stringify(problems))
    for (const [i, text] of said.entries()) {
      t.is(problems[i]!.code, 'PATCH_SIZE')
      t.regex(problems[i]!.message, text)
    }
    if (title.endsWith('marked')) t.regex(plan!.warnings.join(), /will be marked/)
  })
}

test('pictures of several sizes, resized, with the columns of their list: a row each', async (t) => {
  const { folder, file } = await prepared(t, [side, 112, 30], '{ list: l.csv, resize: 56 px, columns: { age: integer } }')
  await writeFile(path.join(folder, 'l.csv'), 'uri,case,age\nk/2.png,007,61\nk/0.png,1E05,\nk/1.png,a,3\n')
  await runFile(file)
  const [head, ...rows] = (await readFile(path.join(folder, 'out/l.csv'), 'utf8'))
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
  const of = (name: string) => rows.map((row) => row[head!.indexOf(name)])
  t.deepEqual(of('case'), ['007', '1E05', 'a'])
  t.deepEqual(of('age'), ['61', '', '3'])
  t.deepEqual(of('status'), ['ok', 'ok', 'ok'])
})

test('a set that moves stays done; with its pictures at other places in it, it is made again, for its rows name them', async (t) => {
  const { folder, file } = await prepared(t, [side, side], '{ folder: k, set: s }')
  const run = async () => (await runFile(file)).summary.slides
  t.like(await run(), { done: 1, skipped: 0 })
  const said = async () => /,(?<path>[^,]*0\.png),/.exec(await readFile(path.join(folder, 'out/s.csv'), 'utf8'))!.groups!.path
  t.is(await said(), '0.png')
  await mkdir(path.join(folder, 'moved'))
  await rename(path.join(folder, 'k'), path.join(folder, 'moved/k'))
  await writeFile(file, (await readFile(file, 'utf8')).replace('folder: k', 'folder: moved/k'))
  t.like(await run(), { done: 0, skipped: 1 })
  await writeFile(file, (await readFile(file, 'utf8')).replace('folder: moved/k', 'folder: moved'))
  t.like(await run(), { done: 1, skipped: 0 })
  t.is(await said(), 'k/0.png')
})

test('a model that looks at more than a ready-cut picture shows is refused, not shown the picture twice', async (t) => {
  const folder = await tempFolder(t)
  const graph = newGraph('two', 'The means of two pictures.')
  const means = ['near', 'far'].map((name) => {
    const floats = graph.node('Cast', `${name}_floats`, [graph.input(name, 'uint8', ['N', 'H', 'W', 3])], { to: 1 })
    return graph.node('ReduceMean', `${name}_mean`, [floats], { axes: [1, 2], keepdims: 0 })
  })
  graph.output(graph.node('Concat', 'both', means, { axis: 1 }), 'float32', ['N', 6])
  await mkdir(path.join(folder, 'two'))
  await writeFile(path.join(folder, 'two/model.onnx'), graph.bytes())
  await mkdir(path.join(folder, 'k'))
  await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .png()
    .toFile(path.join(folder, 'k/0.png'))
  const file = path.join(folder, 'p.yml')
  await writeFile(file, 'output: ./out\npatches: { folder: k }\nstages: [extract, batch, infer: { model: two }, merge]\nsinks: [jsonl]\n')
  const saidOf = async (far: string) => {
    const input = (name: string, what: string) => `{ name: ${name}, ${what}, layout: NHWC, dtype: uint8 }`
    const inputs = `[${input('near', 'size: 8 px, at: 0.5 mpp')}, ${input('far', far)}]`
    await writeFile(path.join(folder, 'two/model.yml'), `name: two\ninputs: ${inputs}\noutputs: [{ name: both, kind: features }]\n`)
    return (await checkPipeline(file, { env: {} })).problems.map(({ code, message }) => `${code} ${message}`)
  }
  t.deepEqual(await saidOf('size: 8 px, at: 2 mpp'), [
    "SHAPE_MISMATCH is 'two', which looks at a patch at 0.5 mpp and at 2 mpp, and a ready-cut picture shows one of them: it needs slides",
  ])
  t.deepEqual(await saidOf('size: 4 px'), [
    "SHAPE_MISMATCH is 'two', which takes 4 × 4 px, and the ready-cut pictures are those of 'two', 8 × 8 px: it needs slides",
  ])
  // Each of two inputs that want the same has a picture of its own.
  t.deepEqual(await saidOf('size: 8 px'), [])
  await runFile(file)
  t.regex(await readFile(path.join(folder, 'out/k.jsonl'), 'utf8'), /"features_both":\[255.0,0.0,0.0,255.0,0.0,0.0\]/)
})
