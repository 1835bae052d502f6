import { readFile } from 'node:fs/promises'
import test from 'ava'
import ort from 'onnxruntime-node'
import sharp from 'sharp'
import { packageRoot } from '../../../src/core/package-root.js'
import { readCard } from '../../../src/models/card/card.js'
import { openModel } from '../../../src/models/session/open.js'
import { checkTest } from '../../../src/workshop/test-vector.js'
import { colourModel, surroundingsModel } from '../../../src/workshop/zoo/colour.js'
import { stainModel, unmixing } from '../../../src/workshop/zoo/stain.js'
import { picture } from '../../formula.js'
import { sharedTest } from '../../shared-data.js'

type Numbers = { classes: [number, number, number]; focus: number }
type Made = Numbers & { height: number; width: number; low: [number, number, number]; high: [number, number, number] }
type Golden = { pictures: Record<string, Made>; files: Record<string, Numbers> }

// made by numpy: test/golden/stain/make.py
const golden = JSON.parse(await readFile(`${packageRoot}test/golden/stain/stain.json`, 'utf8')) as Golden

const session = await ort.InferenceSession.create(await readFile(`${packageRoot}models/stain/model.onnx`))
const ask = async (pixels: Uint8Array, height: number, width: number) => {
  const answer = await session.run({ image: new ort.Tensor('uint8', pixels, [pixels.length / (height * width * 3), height, width, 3]) })
  return { classes: [...(answer.classes!.data as Float32Array)], focus: [...(answer.focus!.data as Float32Array)] }
}

test('the model in the package is what the script makes, byte for byte', async (t) => {
  t.is(Buffer.compare(await readFile(`${packageRoot}models/stain/model.onnx`), stainModel()), 0)
})

test('the two models beside it are what their scripts make, and say what arithmetic says', async (t) => {
  const session = async (name: string, bytes: Uint8Array) => {
    t.is(Buffer.compare(await readFile(`${packageRoot}models/${name}/model.onnx`), bytes), 0, name)
    return ort.InferenceSession.create(bytes)
  }
  // Two pixels side by side, and each once more below: 0 and 1, all 0.5, and 0.2 and 0.6.
  const planes = Float32Array.of(0, 1, 0, 1, 0.5, 0.5, 0.5, 0.5, 0.2, 0.6, 0.2, 0.6)
  const { moments } = await (await session('colour', colourModel())).run({ image: new ort.Tensor('float32', planes, [1, 3, 2, 2]) })
  const wanted = [0.5, 0.5, 0.4, 0.5, 0, 0.2]
  for (const [i, value] of (moments!.data as Float32Array).entries()) t.true(Math.abs(value - wanted[i]!) < 1e-4, `${i}: ${value}`)
  // Three pixels of glass and one far from it; the mean of 255, 255 and 165 is the threshold itself.
  const grey = (value: number) => [value, value, value]
  const pixels = Uint8Array.from([...grey(255), ...grey(255), ...grey(0), 255, 255, 165])
  const { around } = await (await session('surroundings', surroundingsModel())).run({
    image: new ort.Tensor('uint8', pixels, [1, 2, 2, 3]),
  })
  const [glass, tissue] = around!.data as Float32Array
  t.true(Math.abs(glass! - (2 + 0.5) / 4) < 1e-5)
  t.true(Math.abs(tissue! - (1 + 0.5) / 4) < 1e-5)
})

test('one unit of hematoxylin or eosin is found as exactly that', (t) => {
  const [h, e] = unmixing()
  const amount = (row: readonly number[], stain: readonly number[]) => {
    const length = Math.hypot(...stain)
    return row.reduce((sum, v, i) => sum + (v * stain[i]!) / length, 0)
  }
  const [blue, pink] = [
    [0.65, 0.7, 0.29],
    [0.2159, 0.8012, 0.5581],
  ]
  for (const [row, stain, expected] of [
    [h, blue, 1],
    [h, pink, 0],
    [e, blue, 0],
    [e, pink, 1],
  ] as const) {
    t.true(Math.abs(amount(row, stain!) - expected) < 1e-12)
  }
})

for (const [name, { height, width, low, high, ...expected }] of Object.entries(golden.pictures)) {
  test(`the ${name} picture gives numpy's numbers`, async (t) => {
    const { classes, focus } = await ask(picture(name, height, width, low, high), height, width)
    classes.forEach((share, i) => {
      t.true(Math.abs(share - expected.classes[i]!) < 2e-5, `${classes} against ${expected.classes}`)
    })
    t.true(Math.abs(classes.reduce((sum, share) => sum + share, 0) - 1) < 1e-5)
    t.true(Math.abs(focus[0]! - expected.focus) < 1e-4, `${focus} against ${expected.focus}`)
  })
}

for (const [file, expected] of Object.entries(golden.files)) {
  sharedTest(`${file} gives numpy's numbers`, [file], async (t, path) => {
    const { data, info } = await sharp(path).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
    const { classes, focus } = await ask(new Uint8Array(data), info.height, info.width)
    classes.forEach((share, i) => {
      t.true(Math.abs(share - expected.classes[i]!) < 2e-5, `${classes} against ${expected.classes}`)
    })
    t.true(Math.abs(focus[0]! - expected.focus) < 1e-4)
  })
}

sharedTest(
  'glass, muscle and tumour are told apart',
  ['tiles/histolab/no-tissue.png', 'patches/kather100k/MUS-tiatoolbox-kather1.tif', 'patches/kather100k/TUM-tiatoolbox-kather2.tif'],
  async (t, ...paths) => {
    const shares = await Promise.all(
      paths.map(async (path) => {
        const data = await sharp(path).removeAlpha().toColourspace('srgb').resize(224, 224).raw().toBuffer()
        return (await ask(new Uint8Array(data), 224, 224)).classes
      }),
    )
    const [glass, muscle, tumour] = shares as [number[], number[], number[]]
    t.true(glass[0]! > 0.9)
    t.true(muscle[2]! > 0.9)
    t.true(tumour[1]! > 0.2 && tumour[1]! > muscle[1]! + 0.2)
  },
)

test('the card is complete, and its test vector, computed by numpy, holds', async (t) => {
  const card = await readCard(`${packageRoot}models/stain`)
  t.is(card.inputs[0]!.width, 224)
  const model = await openModel(card, { devices: ['cpu'] })
  t.not(card.test, undefined)
  t.deepEqual(await checkTest(model), [])
  await model.close()
})

test('a blurred picture is less sharp', async (t) => {
  const sharpOne = picture('mixed', 96, 96, [60, 40, 90], [255, 255, 255])
  const blurred = await sharp(sharpOne, { raw: { width: 96, height: 96, channels: 3 } })
    .blur(3)
    .raw()
    .toBuffer()
  t.true((await ask(new Uint8Array(blurred), 96, 96)).focus[0]! < (await ask(sharpOne, 96, 96)).focus[0]! - 1)
})

test('a batch gives the same as one at a time', async (t) => {
  const one = picture('nuclei', 64, 64)
  const two = picture('stroma', 64, 64)
  const both = await ask(Buffer.concat([one, two]), 64, 64)
  t.deepEqual(both.classes, [...(await ask(one, 64, 64)).classes, ...(await ask(two, 64, 64)).classes])
})
