/** `models quantize` through the command line: from pictures, from a pipeline, and what it refuses. */

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { readCard } from '../../../src/models/card/card.js'
import { newGraph } from '../../../src/models/onnx/graph.js'
import { decodeModel } from '../../../src/models/onnx/schema.js'
import { openModel } from '../../../src/models/session/open.js'
import { ask } from '../../../src/workshop/own/ask.js'
import { picture } from '../../formula.js'
import { meanModel, scratch } from '../../models/folder.js'
import { normalised, side, smallCard, smallNet } from '../../models/small-net.js'
import { sharedTest } from '../../shared-data.js'
import { tiastream } from '../../support/command-line.js'
import { demoSlide } from '../../support/pipeline-file.js'

/** A folder with a model `small`, and 40 pictures of many colours. */
async function place(t: ExecutionContext, card = smallCard(normalised), onnx = smallNet('floats')): Promise<string> {
  const folder = await scratch(t)
  await mkdir(path.join(folder, 'small'))
  await writeFile(path.join(folder, 'small/model.yml'), card)
  await writeFile(path.join(folder, 'small/model.onnx'), onnx)
  await mkdir(path.join(folder, 'pictures'))
  for (const [i, data] of pictures(40).entries()) {
    await sharp(data, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toFile(path.join(folder, `pictures/${i}.png`))
  }
  return folder
}

const pictures = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    picture(`p${i}`, side, side, [(i * 29) % 120, (i * 53) % 120, (i * 71) % 120], [255 - ((i * 17) % 100), 255, 200]),
  )

test('calibrated on pictures: the report, the card, and answers like those of the parent through the table', async (t) => {
  const folder = await place(t)
  const made = await tiastream(['models', 'quantize', 'small', '--calibrate', 'pictures', '--patches', '40', '--json'], folder)
  t.is(made.code, 0, made.err)
  const report = JSON.parse(made.out) as {
    agreement: { pictures: number; same: number; mean: number; most: number }
    speed: { ratio: number }
  }
  t.is(report.agreement.pictures, 10)
  t.true(report.speed.ratio > 0)
  const [parent, card] = [await readCard(path.join(folder, 'small')), await readCard(path.join(folder, 'small-int8'))]
  t.like(card, { name: 'small-int8', parent: 'small', about: 'small in int8.' })
  t.like(card.inputs[0], { dtype: 'uint8', layout: 'NHWC', at: { value: 2, units: 'mpp' } })
  t.is(card.inputs[0]!.lookup!.length, 768)
  t.true(card.bytes! < 0.9 * parent.bytes! || parent.bytes! < 40_000)
  const text = await readFile(path.join(folder, 'small-int8/model.yml'), 'utf8')
  t.regex(text, /calibrated_on: pictures/)
  t.regex(text, /calibration_sha256: [0-9a-f]{64}/)
  t.regex(text, new RegExp(`same_class: ${report.agreement.same}\n`))
  // Pictures of the same kind that had no part in it, asked here through both cards.
  const others = pictures(64).slice(40)
  const answers = await Promise.all(
    [parent, card].map(async (one) => {
      const model = await openModel(one, { devices: ['cpu'] })
      t.teardown(() => model.close())
      return (await ask(model, others)).probabilities!
    }),
  )
  const most = answers[0]!.reduce((most, value, i) => Math.max(most, Math.abs(value - answers[1]![i]!)), 0)
  t.true(most < 0.05, `${most}`)
  t.true(most > 0, 'bytes round')
})

test('the printed report says what a person wants to know, and verify finds the model well', async (t) => {
  const folder = await place(t, smallCard(), smallNet('bytes'))
  const made = await tiastream(['models', 'quantize', 'small', '--calibrate', 'pictures', '-o', 'mine', '--seven-bits'], folder)
  t.is(made.code, 0, made.err)
  t.regex(made.out, /^mine is ready: .*\/mine\n {2}made of {15}small, ranges from .* on 20 patches\n/)
  t.regex(made.out, /computes in int8 {6}6 of 7 layers; in floats: GlobalAveragePool, Flatten, Gemm, Softmax\n/)
  t.regex(made.out, /pixels enter as {7}the bytes they are\n/)
  t.regex(made.out, /same class {12}(?:10|[5-9]) of 10 \(\d+\.\d %\) on patches not calibrated on\n/)
  t.regex(made.out, /speed {17}\d+\.\d\d × \(.* patches\/s on one thread, 9 alternating rounds\)\n/)
  t.is((await readCard(path.join(folder, 'mine'))).inputs[0]!.lookup, undefined)
  const looked = await tiastream(['models', 'verify', 'mine'], folder)
  t.is(looked.code, 0, looked.err)
  t.regex(looked.out, /made of small/)
  const again = await tiastream(['models', 'quantize', 'small', '--calibrate', 'pictures', '-o', 'mine'], folder)
  t.is(again.code, 3)
  t.regex(again.err, /MODEL_EXISTS/)
})

/** Which of red, green and blue a picture has most of: a convolution that changes nothing, the mean, softmax. */
function colourNet(): Uint8Array {
  const graph = newGraph('colours')
  const x = graph.input('x', 'float32', ['N', 3, side, side])
  const same = graph.constant('w', new Float32Array([9, 0, 0, 0, 9, 0, 0, 0, 9]), [3, 3, 1, 1])
  const mean = graph.node('GlobalAveragePool', 'mean', [graph.node('Conv', 'conv', [x, same])])
  graph.output(graph.node('Softmax', 'y', [graph.node('Flatten', 'flat', [mean])], { axis: -1 }), 'float32', ['N', 3])
  return graph.bytes()
}

async function plain(folder: string, colour: (i: number) => readonly number[]): Promise<void> {
  await mkdir(folder)
  for (let i = 0; i < 16; i++) {
    const data = Buffer.from(Array.from({ length: side * side }, () => colour(i)).flat())
    await sharp(data, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toFile(path.join(folder, `${i}.png`))
  }
}

test('calibrated on what has nothing to do with the tissue: other patches tell, and it is refused', async (t) => {
  const folder = await place(
    t,
    'name: small\ninputs: [{ scale: 1/255, at: 2 mpp }]\noutputs: [{ kind: classes, in_graph: softmax, classes: [red, green, blue] }]\n',
    colourNet(),
  )
  await plain(path.join(folder, 'black'), (i) => [i % 3, i % 2, i % 2])
  await plain(path.join(folder, 'blue'), (i) => [50 + i, 80 + i, 200 + i])
  const before = (await readdir(folder)).sort()
  const made = await tiastream(['models', 'quantize', 'small', '--calibrate', 'black', '--check', 'blue'], folder)
  // Whatever is more than black is as much as can be: all three are equal, and the first of them is red.
  t.is(made.code, 3, made.out)
  t.regex(made.err, /small says something else in int8: it gives the same class for 0 of 16 patches \[INT8_DIFFERS\]/)
  t.deepEqual((await readdir(folder)).sort(), before)
  const good = await tiastream(['models', 'quantize', 'small', '--calibrate', 'blue', '--check', 'blue'], folder)
  t.is(good.code, 0, good.err)
  t.regex(good.out, /same class +16 of 16 \(100\.0 %\) on patches of blue\n/)
  const none = await tiastream(['models', 'quantize', 'small', '--calibrate', 'blue', '--check', 'nowhere', '-o', 'other'], folder)
  t.regex(none.err, /--check nowhere: there is no such file or folder \[FILE_MISSING\]/)
})

const pipeline = (model: string, size = `${side} px`) =>
  `output: out-${model}\nslides: { glob: ${JSON.stringify(demoSlide)} }\nstages:\n  - grid: { size: ${size}, at: 2 mpp }\n  - mask: { keep: 50 % }\n  - extract\n  - batch\n  - infer: { model: ${model} }\n  - merge\nsinks: [jsonl]\nruntime: { lanes: 1 }\n`

test('calibrated on a pipeline, and used in it: the table is applied as batches are made, the classes stay', async (t) => {
  const folder = await place(t)
  await writeFile(path.join(folder, 'p.yml'), pipeline('small'))
  await writeFile(path.join(folder, 'q.yml'), pipeline('small-int8'))
  for (const args of [
    ['models', 'quantize', 'small', '--calibrate', 'p.yml', '--patches', '32'],
    ['run', 'p.yml'],
    ['run', 'q.yml'],
  ]) {
    const ended = await tiastream(args, folder)
    t.is(ended.code, 0, ended.err)
  }
  const rows = await Promise.all(
    ['small', 'small-int8'].map(async (model) =>
      (await readFile(path.join(folder, `out-${model}/demo.jsonl`), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, number>),
    ),
  )
  const [floats, bytes] = [rows[0]!, rows[1]!]
  t.true(floats.length > 50)
  t.is(bytes.length, floats.length)
  let most = 0
  floats.forEach((row, i) => {
    for (const name of ['prob_a', 'prob_b', 'prob_c', 'prob_d']) most = Math.max(most, Math.abs(row[name]! - bytes[i]![name]!))
  })
  // A patch looked at without the table would be off by whole classes.
  t.true(most < 0.15, `${most}`)
  const same = floats.filter((row, i) => row.class === bytes[i]!.class).length
  // A network of a formula is often in two minds: most patches keep their class.
  t.true(same / floats.length > 0.9, `${same} of ${floats.length}`)
})

test('the same patches give the same model, byte for byte', async (t) => {
  const folder = await place(t)
  const hashes: string[] = []
  for (const out of ['one', 'two']) {
    const made = await tiastream(['models', 'quantize', 'small', '--calibrate', 'pictures', '-o', out], folder)
    t.is(made.code, 0, made.err)
    hashes.push(
      createHash('sha256')
        .update(await readFile(path.join(folder, out, 'model.onnx')))
        .digest('hex'),
    )
  }
  t.is(hashes[0], hashes[1])
})

const refusals: [title: string, args: readonly string[], code: number, message: RegExp, make?: (folder: string) => Promise<unknown>][] = [
  ['a place that is not there', ['--calibrate', 'nowhere'], 2, /--calibrate nowhere: there is no such file or folder \[FILE_MISSING\]/],
  [
    'too few pictures',
    ['--calibrate', 'few'],
    3,
    /1 patch of few is too few to calibrate small \[TOO_FEW_PATCHES\]/,
    (folder) => picturesOf(path.join(folder, 'few'), side),
  ],
  [
    'a node to be kept that is not there',
    ['--calibrate', 'few', '--keep', 'convO'],
    3,
    /small cannot be quantised: it has no node 'convO' to be kept \(--keep\) \[MODEL_UNQUANTISABLE\]\n {2}did you mean 'conv0'\?/,
    (folder) => picturesOf(path.join(folder, 'few'), side * 8),
  ],
  [
    'a picture that is damaged',
    ['--calibrate', 'few'],
    1,
    /few\/0\.png: the picture is damaged.* \[TILE_UNDECODABLE\]\n {2}take it out of the folder/,
    async (folder) => {
      await mkdir(path.join(folder, 'few'))
      await writeFile(path.join(folder, 'few', '0.png'), Buffer.from('\x89PNG\r\n\x1a\ncut off', 'latin1'))
    },
  ],
  [
    'pictures that are too small',
    ['--calibrate', 'few'],
    2,
    /few holds no picture of 32 × 32 px or more: 1 are smaller \[NO_PICTURES\]/,
    (folder) => picturesOf(path.join(folder, 'few'), 16),
  ],
  [
    'a pipeline of another patch size',
    ['--calibrate', 'p.yml'],
    2,
    /cuts patches of 48 × 48 px, the model takes 32 × 32 px \[SHAPE_MISMATCH\]/,
    (folder) => writeFile(path.join(folder, 'p.yml'), pipeline('small', '48 px').replace(/ {2}- infer.*\n/, '')),
  ],
  [
    'a pipeline with a mistake',
    ['--calibrate', 'p.yml'],
    2,
    /p\.yml:\d+:\d+ +stages\[0\]/,
    (folder) => writeFile(path.join(folder, 'p.yml'), pipeline('small').replace('size: 32', 'sice: 32')),
  ],
  ['a number of patches that is none', ['--calibrate', 'pictures', '--patches', '3'], 2, /write a number from 12 to 4096/],
]

async function picturesOf(folder: string, size: number): Promise<void> {
  await mkdir(folder)
  await sharp(picture('x', size, size), { raw: { width: size, height: size, channels: 3 } })
    .png()
    .toFile(path.join(folder, '0.png'))
}

for (const [title, args, code, message, make] of refusals) {
  test(`${title}: refused, and nothing is left behind`, async (t) => {
    const folder = await place(t)
    await make?.(folder)
    const before = (await readdir(folder)).sort()
    const ended = await tiastream(['models', 'quantize', 'small', ...args], folder)
    t.is(ended.code, code, ended.err)
    t.regex(ended.err, message)
    t.deepEqual((await readdir(folder)).sort(), before)
  })
}

test('models that cannot be quantised are refused by name, with the reason', async (t) => {
  const features = 'name: other\ninputs: [{ scale: 1/255 }]\noutputs: [{ kind: features }]'
  const folder = await place(t, features, meanModel('float32', 'NCHW', 'N', side))
  const refused = await tiastream(['models', 'quantize', 'small', '--calibrate', 'pictures'], folder)
  t.is(refused.code, 3)
  t.regex(
    refused.err,
    /other cannot be quantised: it has no layer with constant weights, or one only, which stays in floats \[MODEL_UNQUANTISABLE\]/,
  )
  const twice = await place(t)
  t.is((await tiastream(['models', 'quantize', 'small', '--calibrate', 'pictures'], twice)).code, 0)
  const again = await tiastream(['models', 'quantize', 'small-int8', '--calibrate', 'pictures'], twice)
  t.is(again.code, 3)
  t.regex(again.err, /small-int8 cannot be quantised: it is quantised already \(DequantizeLinear\)/)
})

sharedTest(
  'a graph of old operators, trained and exported by others, becomes bytes',
  ['models/cifar10/ImageClassifier.onnx'],
  async (t, onnx) => {
    const names = 'plane car bird cat deer dog frog horse ship truck'.split(' ').join(', ')
    const card = `name: cifar\ninputs: [{ scale: 1/255 }]\noutputs: [{ kind: classes, apply: softmax, classes: [${names}] }]`
    const bytes = await readFile(onnx!)
    t.is(Number(decodeModel(bytes, 'cifar').opsetImport[0]!.version), 10)
    const folder = await place(t, card, bytes)
    const made = await tiastream(['models', 'quantize', 'small', '--calibrate', 'pictures', '--json'], folder)
    t.is(made.code, 0, made.err)
    const { agreement, coverage } = JSON.parse(made.out)
    t.true(agreement.same >= 9 && agreement.pictures === 10, `${agreement.same} of ${agreement.pictures}`)
    t.is(coverage.layers, coverage.of - 1)
  },
)
