import { readFile } from 'node:fs/promises'
import test from 'ava'
import ort from 'onnxruntime-node'
import { packageRoot } from '../../../src/core/package-root.js'
import { architectures } from '../../../src/workshop/convert/architectures/registry.js'
import { checkTensors, tensorsOf } from '../../../src/workshop/convert/expected.js'
import { inTiatoolboxLayout, layoutOf, withHead, withoutTraining, withoutWrappers } from '../../../src/workshop/convert/layouts.js'
import { type ToOnnxOptions, toOnnx } from '../../../src/workshop/convert/to-onnx.js'
import { picture } from '../../formula.js'
import { formulaWeights } from '../../formula-weights.js'

const folder = `${packageRoot}test/golden/architectures`
const json = async (file: string) => JSON.parse(await readFile(`${folder}/${file}.json`, 'utf8'))
// what timm 0.9.16 and torchvision 0.14 call the same tensors, and timm's own answers: names.py
const golden = (await json('names')) as {
  timm: Record<string, { names: Record<string, string>; probabilities: number[][] }>
  torchvision: Record<string, { names: Record<string, string> }>
}
const { version: _, ...timm } = golden.timm

/** The golden weights under other names. */
async function renamed(architecture: string, names: Record<string, string>) {
  const ours = formulaWeights(tensorsOf(architectures[architecture]!, 9), await json(architecture))
  return new Map(Object.entries(names).map(([theirs, key]) => [theirs, ours.get(key)!]))
}

for (const [library, networks] of Object.entries({ timm, torchvision: golden.torchvision })) {
  for (const [architecture, { names }] of Object.entries(networks)) {
    test(`${library}'s names for ${architecture} are understood`, async (t) => {
      const tensors = await renamed(architecture, names)
      t.is(layoutOf(tensors.keys()), library === 'timm' && architecture === 'mobilenet_v2' ? 'timm' : 'torchvision')
      const found = inTiatoolboxLayout(tensors, architecture)
      for (const [theirs, key] of Object.entries(names)) t.is(found.get(key), tensors.get(theirs), `${theirs} is ${key}`)
    })
  }
}

async function answers(architecture: string, names: Record<string, string>, options: Partial<ToOnnxOptions> = {}): Promise<number[][]> {
  const tensors = await renamed(architecture, names)
  const weights = { subject: architecture, format: 'formula', tensors, settings: new Map(), close: async () => {} }
  const { bytes } = await toOnnx(weights, { name: architecture, architecture, classes: 9, ...options })
  const { height, width } = await json(architecture)
  const pixels = Buffer.concat([picture('first', height, width), picture('second', height, width, [150, 80, 120], [255, 200, 220])])
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 })
  const answer = await session.run({ image: new ort.Tensor('uint8', new Uint8Array(pixels), [2, height, width, 3]) })
  await session.release()
  return [[...(answer.probabilities!.data as Float32Array)]]
}

async function apart(architecture: string, names: Record<string, string>, expected: number[][], options: Partial<ToOnnxOptions> = {}) {
  const got = (await answers(architecture, names, options)).flat()
  return Math.max(...expected.flat().map((value, i) => Math.abs(value - got[i]!)))
}

for (const [architecture, { names, probabilities }] of Object.entries(timm)) {
  test.serial(`${architecture} with timm's names gives what timm gives`, async (t) => {
    t.true((await apart(architecture, names, probabilities)) <= 1e-5)
  })
}

test.serial('DenseNet: timm has a ReLU before pooling, TIAToolbox has none; a choice says which', async (t) => {
  const { names, probabilities } = timm.densenet121!
  const tiatoolbox = (await json('densenet121')).probabilities
  t.true((await apart('densenet121', names, tiatoolbox, { finalRelu: false })) <= 1e-5)
  t.true((await apart('densenet121', names, probabilities, { finalRelu: false })) > 0.01)
})

test('what stands before every name is taken away, however often', async (t) => {
  const tensors = await renamed('resnet50', golden.torchvision.resnet50!.names)
  for (const prefix of [
    'module.',
    'model.',
    'backbone.',
    '_orig_mod.',
    'module.model.',
    'model._orig_mod.',
    'resnet.',
    'student.feature_extractor.',
  ]) {
    const wrapped = new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]))
    t.deepEqual([...withoutWrappers(wrapped).keys()], [...tensors.keys()])
  }
  const own = new Map([...tensors, ['loss.weight', [...tensors.values()][0]!]])
  t.is(withoutWrappers(own), own)
})

test('maps under one name and their linear layer under another are one network, those of a network that names them so stay', async (t) => {
  for (const architecture of ['resnet50', 'densenet121'] as const) {
    const tensors = await renamed(architecture, golden.torchvision[architecture]!.names)
    const isHead = (name: string) => /^(fc|classifier)\./.test(name)
    for (const head of ['head', 'classifier', 'net.head.1']) {
      const wrapped = [...tensors].map(
        ([name, tensor]) => [isHead(name) ? name.replace(/^\w+/, head) : `model.encoder.${name}`, tensor] as const,
      )
      const body = head === 'head' ? 'model' : 'encoder'
      const given = new Map(body === 'model' ? wrapped : wrapped.map(([name, tensor]) => [name.replace(/^model\./, ''), tensor]))
      const joined = withHead(given)
      t.deepEqual(joined.parts, [body, head])
      t.deepEqual(
        new Set(inTiatoolboxLayout(joined.tensors, architecture).keys()),
        new Set(inTiatoolboxLayout(tensors, architecture).keys()),
      )
    }
    t.is(withHead(tensors).tensors, tensors)
    // Two heads: nobody knows which.
    const both = new Map([...tensors].map(([name, tensor]) => [`backbone.${name}`, tensor]))
    for (const [name, tensor] of tensors) if (isHead(name)) both.set(name.replace(/^\w+/, 'head'), tensor)
    t.is(withHead(both).parts, null)
  }
})

test('what a trainer keeps beside its network is left out: weights of its loss, counts of its metrics', async (t) => {
  const tensors = await renamed('resnet50', golden.torchvision.resnet50!.names)
  const any = [...tensors.values()][0]!
  const beside = ['class_weights', 'pos_weight', 'criterion.weight', 'train_acc.tp', 'val_auc.preds']
  const others = ['mean', 'acc_head.weight']
  const all = new Map([
    ...[...beside, ...others].map((name) => [name, any] as const),
    ...[...tensors].map(([n, one]) => [`net.${n}`, one] as const),
  ])
  const { leftOut, tensors: left } = withoutTraining(all)
  t.deepEqual(leftOut, beside)
  // What may be of the network is told as what is not part of it.
  t.deepEqual(
    others.filter((name) => left.has(name)),
    others,
  )
})

test('a network that is called as a number of its training is, as what a trainer keeps of the best one, is the network', async (t) => {
  const tensors = await renamed('resnet50', golden.torchvision.resnet50!.names)
  const weights = [...tensors.values()].find(({ shape }) => shape.length === 1)!
  for (const name of ['model_best_auc', 'best_acc', 'best_loss']) {
    const named = new Map([...tensors].map(([n, one]) => [`${name}.${n}`, one] as const))
    const { leftOut, tensors: left } = withoutTraining(new Map([['class_weights', weights], ...named]))
    t.deepEqual(leftOut, ['class_weights'])
    t.deepEqual([...left.keys()], [...named.keys()])
  }
})

test('the counter of an average is no layer', async (t) => {
  const tensors = await renamed('resnet50', golden.torchvision.resnet50!.names)
  const averaged = new Map([['n_averaged', [...tensors.values()][0]!], ...[...tensors].map(([n, one]) => [`module.${n}`, one] as const)])
  const { leftOut, tensors: left } = withoutTraining(averaged)
  t.deepEqual(leftOut, ['n_averaged'])
  t.deepEqual([...withoutWrappers(left).keys()], [...tensors.keys()])
})

test.serial(
  'a GoogLeNet of torchvision that changes its input sees −1 to 1 where it is given ImageNet’s normalisation; nobody guesses',
  async (t) => {
    const { names } = golden.torchvision.googlenet!
    const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const
    const error = await t.throwsAsync(apart('googlenet', names, [[]], imagenet))
    t.regex(error!.message, /GoogLeNet of torchvision, which may change its input itself \(transform_input\)/)
    const halves = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const
    const expected = await answers('googlenet', names, { ...halves, transformInput: false })
    t.true((await apart('googlenet', names, expected, { ...imagenet, transformInput: true })) <= 1e-5)
    t.true((await apart('googlenet', names, expected, { ...imagenet, transformInput: false })) > 1e-3)
  },
)

test('the heads of GoogLeNet that only its training asks have no effect; of another network they are what does not fit', async (t) => {
  for (const [architecture, fits] of [
    ['googlenet', true],
    ['mobilenet_v3_small', false],
  ] as const) {
    const needed = formulaWeights(tensorsOf(architectures[architecture]!, 9), await json(architecture))
    const [one] = needed.values()
    const check = () => checkTensors(new Map([...needed, ['aux1.conv.conv.weight', one!]]), architectures[architecture]!, 9, 'x')
    if (fits) t.notThrows(check)
    else t.throws(check, { code: 'WEIGHTS_MISMATCH', message: /aux1\.conv\.conv\.weight .* is not part of/ })
  }
})
