/** Models that others trained, with the variety they come in: half precision, BGR, fixed batch, four dimensions, NHWC, one channel. */

import { readFile } from 'node:fs/promises'
import type { ExecutionContext } from 'ava'
import sharp from 'sharp'
import type { ModelCard } from '../../src/core/model.js'
import { openModel } from '../../src/models/session/open.js'
import { sharedTest } from '../shared-data.js'
import { cardOf, patchAt } from './folder.js'

async function ask(t: ExecutionContext, card: ModelCard, pictures: readonly Uint8Array[]) {
  const model = await openModel(card, { devices: ['cpu'] })
  t.teardown(() => model.close())
  t.true(model.fused)
  const { width, height } = card.inputs[0]!
  return model.predict({
    patches: pictures.map((_, i) => patchAt(i)),
    statuses: pictures.map(() => ({ status: 'ok' })),
    inputs: [{ data: Buffer.concat(pictures), width, height }],
    outputs: {},
  })
}

async function pixels(file: string, width: number, height: number): Promise<Uint8Array> {
  return sharp(file).resize(width, height, { fit: 'fill' }).removeAlpha().toColourspace('srgb').raw().toBuffer()
}

const folder = 'models/imagenet-squeezenet-fp16'

sharedTest(
  'SqueezeNet in half precision (BGR, batch of one, [1,1000,1,1]) says tabby for the kitten and tench for the fish',
  [`${folder}/SqueezeNet_fp16.onnx`, `${folder}/Labels.txt`, `${folder}/kitten_224.png`, `${folder}/fish.png`],
  async (t, onnx, labels, kitten, fish) => {
    // `0,tench, Tinca tinca`: a number, and names of which some are there twice (crane, maillot).
    const names = (await readFile(labels!, 'utf8')).trim().split('\n')
    const classes = names.map((name) => JSON.stringify(name.trim())).join(', ')
    const card = await cardOf(
      t,
      `name: squeezenet\ninputs: [{ channels: BGR, scale: 1 }]\noutputs: [{ kind: classes, in_graph: softmax, classes: [${classes}] }]`,
      onnx!,
    )
    t.is(card.batch, 1)
    t.like(card.inputs[0], { width: 224, height: 224, layout: 'NCHW', dtype: 'float16' })
    const { outputs } = await ask(t, card, [await pixels(kitten!, 224, 224), await pixels(fish!, 224, 224)])
    const { data, width } = outputs[card.outputs[0]!.name]!
    t.is(width, 1000)
    const best = [0, 1].map((i) => {
      const row = [...data.subarray(i * 1000, (i + 1) * 1000)]
      const index = row.indexOf(Math.max(...row))
      return { name: names[index]!, probability: row[index]! }
    })
    // What another program of onnxruntime said: 0.93 and 0.74.
    t.regex(best[0]!.name, /tabby/)
    t.true(Math.abs(best[0]!.probability - 0.93) < 0.02, String(best[0]!.probability))
    t.regex(best[1]!.name, /tench/)
    t.true(Math.abs(best[1]!.probability - 0.74) < 0.08, String(best[1]!.probability))
  },
)

sharedTest(
  'the CIFAR-10 network answers any batch, and each row does not depend on its neighbours',
  ['models/cifar10/ImageClassifier.onnx'],
  async (t, onnx) => {
    const names = 'plane car bird cat deer dog frog horse ship truck'.split(' ').join(', ')
    const text = `name: cifar\ninputs: [{ scale: 1/255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }]\noutputs: [{ kind: classes, apply: softmax, classes: [${names}] }]`
    const card = await cardOf(t, text, onnx!)
    t.is(card.batch, null)
    const pictures = [0, 1, 2].map((seed) => Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * (seed * 2 + 7) + seed * 31) % 256))
    const together = (await ask(t, card, pictures)).outputs.modelOutput!.data
    for (const [i, picture] of pictures.entries()) {
      t.deepEqual((await ask(t, card, [picture])).outputs.modelOutput!.data, together.slice(i * 10, (i + 1) * 10))
    }
    for (let i = 0; i < 3; i++) {
      const sum = together.subarray(i * 10, (i + 1) * 10).reduce((a, b) => a + b)
      t.true(Math.abs(sum - 1) < 1e-6)
    }
  },
)

sharedTest(
  'a U-Net with NHWC pictures in and one number a pixel out gives one long vector a patch, where the card says so',
  ['models/tissue-unet/best_unet.onnx'],
  async (t, onnx) => {
    const card = await cardOf(t, 'name: unet\ninputs: [{ scale: 1/255 }]\noutputs: [{ kind: features, size: 250000 }]', onnx!)
    t.like(card.inputs[0], { width: 500, height: 500, layout: 'NHWC', dtype: 'float32' })
    t.is(card.outputs[0]!.width, 250_000)
    const white = new Uint8Array(500 * 500 * 3).fill(255)
    const { data } = (await ask(t, card, [white])).outputs[card.outputs[0]!.name]!
    // It gives shares, and finds no tissue on a white picture (its authors' threshold is 0.6).
    t.true(data.every((v) => v >= 0 && v <= 1))
    t.true(data.filter((v) => v > 0.6).length < 2500)
  },
)

const refusals: [title: string, file: string, card: string, code: string, message: RegExp][] = [
  [
    'one channel',
    'models/mnist/mnist.onnx',
    'inputs: [{ layout: NCHW, scale: 1 }]',
    'SHAPE_MISMATCH',
    /takes 'Input3' float32 \[1, 1, 28, 28\]: 1 channel/,
  ],
  [
    'pixels, not pictures',
    'models/tissue-pixel-mlp/tissue_model-eddl-1.1.onnx',
    'inputs: [{ scale: 1 }]',
    'SHAPE_MISMATCH',
    /\[batch, 3\], tiastream gives pictures/,
  ],
  [
    'a wrong size',
    'models/cifar10/ImageClassifier.onnx',
    'inputs: [{ scale: 1, size: 224 px }]',
    'SHAPE_MISMATCH',
    /the card says 224 × 224, .* \[batch_size, 3, 32, 32\]/,
  ],
  ['a file of 37 bytes', 'hostile/onnx/model_with_initalizers-37bytes.onnx', 'inputs: [{ scale: 1 }]', 'NOT_ONNX', /is no ONNX/],
  ['a picture', `${folder}/kitten_224.png`, 'inputs: [{ scale: 1 }]', 'NOT_ONNX', /is no ONNX/],
  ['PyTorch weights', 'models/cifar10/myFirstModel.pth', 'inputs: [{ scale: 1 }]', 'NOT_ONNX', /is no ONNX/],
]

for (const [title, file, card, code, message] of refusals) {
  sharedTest(`${title}: refused by name`, [file], async (t, onnx) => {
    const error = await t.throwsAsync(cardOf(t, `name: x\n${card}\noutputs: [{ kind: features }]`, onnx!))
    t.like(error, { code, family: 'ModelError' })
    t.regex(error!.message, message)
  })
}

for (const name of ['squeezenet', 'shufflenet', 'resnet50']) {
  sharedTest(
    `the ${name} of ONNX's own tests opens and answers with the uniform row that is known`,
    [`models/onnx-light/light_${name}.onnx`],
    async (t, onnx) => {
      const classes = Array.from({ length: 1000 }, (_, i) => `c${i}`).join(', ')
      const text = `name: ${name}\ninputs: [{ scale: 1/255 }]\noutputs: [{ kind: classes, in_graph: softmax, classes: [${classes}] }]`
      const card = await cardOf(t, text, onnx!)
      const { data } = (await ask(t, card, [new Uint8Array(224 * 224 * 3).fill(90)])).outputs[card.outputs[0]!.name]!
      t.true(data.every((v) => Math.abs(v - 0.001) < 1e-5))
    },
  )
}
