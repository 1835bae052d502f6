/** `models import` and `models verify` through the command line: real models others trained, and small ones whose answers are known. */

import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { readCard } from '../../../src/models/card/card.js'
import { type Graph, newGraph } from '../../../src/models/onnx/graph.js'
import { decodeModel, encodeModel } from '../../../src/models/onnx/schema.js'
import { classesOf } from '../../../src/workshop/own/class-names.js'
import { verifyModel } from '../../../src/workshop/verify/verify.js'
import { cardOf, meanModel, scratch } from '../../models/folder.js'
import { sharedTest } from '../../shared-data.js'
import { tiastream } from '../../support/command-line.js'

const squeezenet = 'models/imagenet-squeezenet-fp16'

sharedTest(
  'SqueezeNet in half precision, imported with a file of labels, says tabby for the kitten in a pipeline of patches',
  [`${squeezenet}/SqueezeNet_fp16.onnx`, `${squeezenet}/Labels.txt`, `${squeezenet}/kitten_224.png`],
  async (t, onnx, labels, kitten) => {
    const folder = await scratch(t)
    const made = await tiastream(
      ['models', 'import', onnx!, '-o', 'squeezenet', '--classes', labels!, '--channels', 'BGR', '--scale', '1'],
      folder,
    )
    t.is(made.code, 0, made.err)
    t.regex(made.out, /found {4}softmax is inside of the graph/)
    t.regex(made.out, /assumed {2}it may look at any resolution/)
    const card = await readCard(path.join(folder, 'squeezenet'))
    t.like(card.inputs[0], { channels: 'BGR', dtype: 'float16', scale: 1, width: 224 })
    t.is(card.outputs[0]!.classes[0]!.name, 'tench, Tinca tinca')
    // Two classes are called crane: the bird and the machine.
    t.is(card.outputs[0]!.classes.filter(({ name }) => /^crane \(\d+\)$/.test(name)).length, 2)
    await mkdir(path.join(folder, 'pictures'))
    await copyFile(kitten!, path.join(folder, 'pictures/kitten.png'))
    await writeFile(
      path.join(folder, 'p.yml'),
      'output: out\npatches: { folder: pictures }\nstages: [extract, batch: { size: 1 }, infer: { model: squeezenet }, merge]\nsinks: [jsonl]\nruntime: { lanes: 1 }\n',
    )
    const ran = await tiastream(['run', 'p.yml'], folder)
    t.is(ran.code, 0, ran.err)
    const row = JSON.parse(await readFile(path.join(folder, 'out/pictures.jsonl'), 'utf8')) as Record<string, unknown>
    t.regex(String(row.class), /^tabby/)
    t.true(Math.abs(Number(row.prob_tabby_tabby_cat) - 0.93) < 0.02)
    const looked = await tiastream(['models', 'verify', 'squeezenet'], folder)
    t.is(looked.code, 0, looked.err)
    t.regex(looked.out, /✓ test vector/)
    t.regex(looked.out, /1000 probabilities, .* rows sum to 1 within .*softmax in the graph/)
    t.regex(looked.out, /batch of 1/)
  },
)

test('a mean of grey levels says that pixels are given as 0 to 255, unless a scale is said', async (t) => {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'mean.onnx'), meanModel('float32', 'NHWC', 'N', 6))
  const words = ['models', 'import', 'mean.onnx', '--mean', '123.675,116.28,103.53', '--std', '58.395,57.12,57.375']
  const made = await tiastream(words, folder)
  t.is(made.code, 0, made.err)
  t.regex(made.out, /assumed {2}pixels are given as 0 to 255: the mean that is given is of these \(--scale 1\/255 otherwise\)/)
  t.is((await readCard(path.join(folder, 'mean'))).inputs[0]!.scale, 1)
  const deviation = await tiastream(['models', 'import', 'mean.onnx', '--std', '255,255,255', '-o', 'deviation'], folder)
  t.regex(deviation.out, /pixels are given as 0 to 255: the std that is given is of these/)
  const said = await tiastream([...words, '--scale', '1/255', '-o', 'said'], folder)
  t.is(said.code, 3)
  t.regex(said.err, /inputs\[0\]\.mean: 123\.675, 116\.28, 103\.53 is more than any pixel/)
})

/** Means in other units: no shares, as those of a picture are. */
const logits = (graph: Graph, value: string) => graph.node('Mul', 'tenfold', [value, graph.constant('ten', new Float32Array([10]))])

test('what nobody says is taken from the graph or assumed, and said', async (t) => {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'mean.onnx'), meanModel('float32', 'NHWC', 'N', 6, logits))
  const made = await tiastream(['models', 'import', 'mean.onnx', '--classes', 'red,green,blue', '--at', '0.5mpp'], folder)
  t.is(made.code, 0, made.err)
  t.regex(made.out, /assumed {2}channels are RGB/)
  t.regex(made.out, /assumed {2}pixels are given as 0 to 1: as most models want \(--scale 1 otherwise\)/)
  // The means of noise lie about one half.
  t.regex(made.out, /assumed {2}softmax makes probabilities of its answers, which are 4\.\d+ to 5\.\d+ for noise/)
  const card = await readCard(path.join(folder, 'mean'))
  t.like(card, { name: 'mean', source: 'mean.onnx', batch: null })
  t.like(card.inputs[0], { width: 6, height: 6, layout: 'NHWC', at: { value: 0.5, units: 'mpp' }, scale: 1 / 255 })
  t.like(card.outputs[0], { kind: 'classes', inGraph: 'none', apply: 'softmax' })
  t.is(card.test!.expected.tenfold!.length, 3)
  t.deepEqual((await readdir(folder)).sort(), ['mean', 'mean.onnx'])
})

test('a graph that scales its pixels itself, and one that is a softmax in other operators, are seen through', async (t) => {
  const folder = await scratch(t)
  const graph = newGraph('own')
  const x = graph.input('x', 'float32', ['N', 'H', 'W', 3])
  const scaled = graph.node('Div', 'scaled', [x, graph.constant('most', new Float32Array([255]), [])])
  const mean = graph.node('ReduceMean', 'mean', [scaled], { axes: [1, 2], keepdims: 0 })
  const exp = graph.node('Exp', 'exp', [mean])
  const sum = graph.node('ReduceSum', 'sum', [exp, graph.constant('axes', new BigInt64Array([1n]))])
  graph.output(graph.node('Div', 'shares', [exp, sum]), 'float32', ['N', 3])
  await writeFile(path.join(folder, 'own.onnx'), graph.bytes())
  const made = await tiastream(['models', 'import', 'own.onnx', '--classes', 'a,b,c', '--size', '8x4'], folder)
  t.is(made.code, 0, made.err)
  t.regex(made.out, /pixels are given as 0 to 255: the graph begins with Div 255 itself/)
  t.regex(made.out, /softmax is inside of the graph: its answers to noise are shares that sum to 1/)
  const card = await readCard(path.join(folder, 'own'))
  t.like(card.inputs[0], { width: 8, height: 4, scale: 1 })
  t.like(card.outputs[0], { inGraph: 'softmax', apply: 'none' })
})

test('the metadata of a graph names its classes, in their order, and says that pixels are given as -1 to 1', async (t) => {
  const folder = await scratch(t)
  const { graph, ...model } = decodeModel(meanModel('float32', 'NCHW', 'N', 4, logits), 'm')
  const put = (key: string, value: string) =>
    writeFile(path.join(folder, 'm.onnx'), encodeModel({ ...model, graph: graph!, metadataProps: [{ key, value }] }))
  const words = ['models', 'import', 'm.onnx', '--force']
  for (const names of ["{1: 'stroma', 0: 'tumour', 2: \"crohn's\"}", '["tumour", "stroma", "crohn\'s"]']) {
    await put('names', names)
    const made = await tiastream(words, folder)
    t.is(made.code, 0, made.err)
    t.regex(made.out, /found {4}its metadata names its classes: tumour, stroma, crohn's/)
    t.deepEqual(
      (await readCard(path.join(folder, 'm'))).outputs[0]!.classes.map(({ name }) => name),
      ['tumour', 'stroma', "crohn's"],
    )
    const other = await tiastream([...words, '--classes', "stroma,tumour,crohn's"], folder)
    t.is(other.code, 3)
    t.regex(other.err, /its metadata names the same classes in another order: tumour, stroma, crohn's/)
    t.is((await tiastream([...words, '--classes', 'a,b,c'], folder)).code, 0)
  }
  await put('classes', 'tumour, stroma,other')
  t.regex((await tiastream(words, folder)).out, /its metadata names its classes: tumour, stroma, other/)
  await put('mean', '[0.485, 0.456, 0.406]')
  t.regex((await tiastream(words, folder)).out, /assumed {2}its metadata says otherwise: --mean 0\.485,0\.456,0\.406/)
  await put('Image.NominalPixelRange', 'Normalized_1_1')
  const range = await tiastream(words, folder)
  t.regex(range.out, /pixels are given as -1 to 1: its metadata says -1 to 1/)
  t.like((await readCard(path.join(folder, 'm'))).inputs[0], { scale: 1 / 127.5, mean: [1, 1, 1] })
})

test('a map is not taken for classes, and an input that is no picture is named', async (t) => {
  const folder = await scratch(t)
  const map = newGraph('map')
  map.output(map.node('Softmax', 'y', [map.input('x', 'float32', ['N', 3, 4, 4])], { axis: 1 }), 'float32', ['N', 3, 4, 4])
  await writeFile(path.join(folder, 'map.onnx'), map.bytes())
  const classes = await tiastream(['models', 'import', 'map.onnx', '--classes', 'a,b,c'], folder)
  t.is(classes.code, 3)
  t.regex(classes.err, /gives 'y' float32 \[N, 3, 4, 4\]: numbers for places within a patch, and --classes is of whole patches/)
  const flag = newGraph('flag')
  const mean = flag.node('ReduceMean', 'mean', [flag.input('x', 'float32', ['N', 3, 4, 4])], { axes: [2, 3], keepdims: 0 })
  const times = flag.node('Cast', 'times', [flag.input('training', 'bool', [])], { to: 1 })
  flag.output(flag.node('Mul', 'y', [mean, times]), 'float32', ['N', 3])
  await writeFile(path.join(folder, 'flag.onnx'), flag.bytes())
  const two = await tiastream(['models', 'import', 'flag.onnx', '--classes', 'a,b,c'], folder)
  t.is(two.code, 3)
  t.regex(two.err, /nothing but pictures can be given to a model: 'training' bool \[\] must become a constant/)
})

const refusals: [title: string, args: readonly string[], code: number, message: RegExp][] = [
  [
    'a size that nobody says',
    ['open.onnx', '--classes', 'a,b,c'],
    3,
    /takes pictures of any size.*\[CARD_INVALID\]\n {2}say how large its patches are: --size 224/,
  ],
  [
    'a size that no patch has',
    ['open.onnx', '--size', '20000', '--classes', 'a,b,c'],
    3,
    /inputs\[0\]\.size: 20000 × 20000 px are 400 megapixels, a model is given 67\.1 at most/,
  ],
  ['vectors of patches for pictures', ['bag.onnx', '--size', '224'], 3, /takes 'bag' float32 \[1, n, 1024\], which is no picture/],
  [
    'classes as Python prints a list',
    ['mean.onnx', '--classes', "['a', 'b', 'c']"],
    2,
    /write the names alone, a,b,c, without the brackets/,
  ],
  ['a file of classes that is not there', ['mean.onnx', '--classes', 'labels.txt'], 2, /labels\.txt is no file that is here and read/],
  ['too few classes', ['mean.onnx', '--classes', 'a,b'], 3, /the card has 2 classes, the graph gives 'mean' float32 \[N, 3\]: 3/],
  ['an output that is not there', ['mean.onnx', '--model-output', 'logits'], 3, /has no output 'logits': mean/],
  ['a size the graph does not take', ['mean.onnx', '--size', '224'], 3, /the card says 224 × 224/],
  ['a file that is no ONNX', ['text.onnx'], 3, /NOT_ONNX/],
  ['a graph of OpenVINO', ['net.xml'], 3, /NOT_ONNX\]\n {2}it is XML: a graph of OpenVINO/],
  ['a file that is not there', ['nothing.onnx'], 3, /MODEL_MISSING/],
  ['a folder that is there', ['mean.onnx', '-o', 'taken'], 3, /is there already \[MODEL_EXISTS\]/],
  ['a mean of two', ['mean.onnx', '--mean', '0.5,,0.5'], 2, /write three numbers/],
  ['a resolution that is none', ['mean.onnx', '--at', 'near'], 2, /write 0.5mpp or '20 power'/],
]

for (const [title, args, code, message] of refusals) {
  test(`${title}: refused, and nothing is left behind`, async (t) => {
    const folder = await scratch(t)
    await writeFile(path.join(folder, 'mean.onnx'), meanModel())
    await writeFile(path.join(folder, 'open.onnx'), meanModel('float32', 'NCHW', 'N', 'H' as never))
    await writeFile(path.join(folder, 'text.onnx'), 'this is text')
    await writeFile(path.join(folder, 'net.xml'), '<?xml version="1.0"?><net name="net"></net>')
    const bag = newGraph('bag')
    bag.output(
      bag.node('ReduceMean', 'mean', [bag.input('bag', 'float32', [1, 'n', 1024])], { axes: [1], keepdims: 0 }),
      'float32',
      [1, 1024],
    )
    await writeFile(path.join(folder, 'bag.onnx'), bag.bytes())
    await mkdir(path.join(folder, 'taken'))
    const ended = await tiastream(['models', 'import', ...args], folder)
    t.is(ended.code, code, ended.err)
    t.regex(ended.err, message)
    t.deepEqual((await readdir(folder)).sort(), ['bag.onnx', 'mean.onnx', 'net.xml', 'open.onnx', 'taken', 'text.onnx'])
    t.deepEqual(await readdir(path.join(folder, 'taken')), [])
  })
}

test('verify finds a test vector that is not met, answers that are no probabilities and answers that are not finite', async (t) => {
  const folder = await scratch(t)
  const file = path.join(folder, 'mean/model.yml')
  await writeFile(path.join(folder, 'mean.onnx'), meanModel())
  t.is((await tiastream(['models', 'import', 'mean.onnx'], folder)).code, 0)
  const good = await readFile(file, 'utf8')
  const fine = await tiastream(['models', 'verify', 'mean'], folder)
  t.is(fine.code, 0, fine.err)
  t.regex(fine.out, /✓ test vector/)
  // The mean of a channel of noise is 0.5 and not 7.
  await writeFile(file, good.replace(/(expected:\s+mean:\s+- )[\d.]+/, '$17'))
  const other = await tiastream(['models', 'verify', 'mean'], folder)
  t.is(other.code, 3)
  t.regex(other.out, /✗ test vector .* the card says 7 within 0.0001/)
  t.regex(other.err, /mean: test vector: .* \[MODEL_WRONG\]/)
  await writeFile(
    file,
    good.replace('kind: features', 'kind: classes\n    classes: [a, b, c]\n    in_graph: softmax').replace(/ {4}size: 3\n/, ''),
  )
  const shares = await tiastream(['models', 'verify', 'mean'], folder)
  t.is(shares.code, 3)
  t.regex(shares.out, /✗ output mean .*rows do not sum to 1/)
  const log = meanModel('float32', 'NCHW', 'N', 4, (graph, value) => graph.node('Log', 'log', [graph.node('Neg', 'minus', [value])]))
  await writeFile(path.join(folder, 'log.onnx'), log)
  const refused = await tiastream(['models', 'import', 'log.onnx'], folder)
  t.is(refused.code, 3)
  t.regex(refused.err, /OUTPUT_NOT_FINITE/)
})

test('verify asks a model that takes two pictures a patch about both, and finds one that sees none, or the pictures beside it', async (t) => {
  const inputs = 'inputs: [{ name: x, scale: 1/255 }, { name: b, scale: 1/255 }]\noutputs: [{ kind: features }]\n'
  const found = async (text: string, bytes: Uint8Array) => {
    const { findings } = await verifyModel(await cardOf(t, `name: looked\n${text}`, bytes))
    return Object.fromEntries(findings.map(({ what, good }) => [what, good]))
  }
  const two = newGraph('two')
  const means = [4, 8].map((side, i) => {
    const x = two.input(i === 0 ? 'x' : 'b', 'float32', ['N', 3, side, side])
    return two.node('ReduceMean', `mean${i}`, [x], { axes: [2, 3], keepdims: 0 })
  })
  two.output(two.node('Add', 'y', means), 'float32', ['N', 3])
  const good = { 'test vector': null, 'output y': true, 'same twice': true, 'any batch': true, pictures: true }
  t.deepEqual(await found(inputs, two.bytes()), good)
  const one = 'inputs: [{ scale: 1/255 }]\noutputs: [{ kind: features }]\n'
  const zero = (g: Graph, v: string) => g.node('Mul', 'y', [v, g.constant('zero', new Float32Array(1), [])])
  t.false((await found(one, meanModel('float32', 'NCHW', 'N', 4, zero))).pictures)
  const others = (g: Graph, v: string) => g.node('Sub', 'y', [v, g.node('ReduceMean', 'all', [v], { axes: [0], keepdims: 1 })])
  t.false((await found(one, meanModel('float32', 'NCHW', 4, 4, others)))['any batch'])
})

test('a folder with the config.json of wsinfer and an ONNX file is a model to verify', async (t) => {
  const folder = await scratch(t)
  const place = path.join(folder, 'models/lymphocytes')
  await mkdir(place, { recursive: true })
  const graph = newGraph('two')
  const x = graph.input('x', 'float32', ['N', 3, 10, 10])
  const mean = graph.node('ReduceMean', 'mean', [x], { axes: [2, 3], keepdims: 0 })
  const two = graph.node('Gemm', 'two', [mean, graph.constant('w', new Float32Array([1, 0, 0, 0, 0, 1]), [3, 2])])
  graph.output(two, 'float32', ['N', 2])
  await writeFile(path.join(place, 'model.onnx'), graph.bytes())
  await writeFile(
    path.join(place, 'config.json'),
    JSON.stringify({
      spec_version: '1.0',
      architecture: 'mean',
      num_classes: 2,
      patch_size_pixels: 20,
      spacing_um_px: 0.25,
      class_names: ['other', 'lymphocytes'],
      transform: [{ name: 'Resize', arguments: { size: 10 } }, { name: 'ToTensor' }],
    }),
  )
  const looked = await tiastream(['models', 'verify', 'lymphocytes'], folder)
  t.is(looked.code, 0, looked.err)
  t.regex(looked.out, /10 × 10 px at 0.5 mpp, RGB NCHW, float32, × 1\/255/)
  t.regex(looked.out, /2 probabilities, .*softmax applied here/)
})

test('labels keep their numbers only where these are not those of the lines', async (t) => {
  const folder = await scratch(t)
  const file = path.join(folder, 'labels.txt')
  await writeFile(file, '0,cat\n1,dog\n2,cat\n')
  t.deepEqual(await classesOf(file), ['cat (0)', 'dog', 'cat (2)'])
  await writeFile(file, '7 up\r\nnormal\r\n')
  t.deepEqual(await classesOf(file), ['7 up', 'normal'])
  await rm(file)
})
