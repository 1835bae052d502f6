import { execFileSync } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { readCard } from '../../../src/models/card/card.js'
import { findModel } from '../../../src/models/card/find.js'
import { elementTypes } from '../../../src/models/onnx/element-types.js'
import { type Graph, newGraph } from '../../../src/models/onnx/graph.js'
import { decodeModel, encodeModel, type TensorProto } from '../../../src/models/onnx/schema.js'
import { cardOf, meanCard, meanModel, modelFolder, scratch } from '../folder.js'

const failure = async (t: import('ava').ExecutionContext, card: string | Uint8Array, onnx: Uint8Array | string = meanModel()) => {
  const error = await t.throwsAsync(cardOf(t, card, onnx))
  return error as Error & { code: string; hint?: string }
}

test('every usual way to bring pixels near 0 is taken: of shares, of grey levels, and -1 to 1', async (t) => {
  for (const numbers of [
    'scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]',
    'scale: 1, mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]',
    'scale: 1, mean: [127, 127, 127], std: [128, 128, 128]',
    'scale: 1/127.5, mean: [1, 1, 1]',
    'scale: 2/255, mean: [1, 1, 1]',
    'scale: 1/255, mean: [1, 1, 1]',
    'scale: 1, std: [255, 255, 255]',
    'scale: 1, mean: [1, 1, 1]',
  ])
    await t.notThrowsAsync(cardOf(t, meanCard(numbers), meanModel()), numbers)
})

test('numbers that make every picture one colour, or beyond all measure, and ImageNet’s mean with blue first, are mistakes', async (t) => {
  const cases: [numbers: string, message: RegExp][] = [
    ['scale: 255', /inputs\[0\]\.scale: pixels × scale are 0 to 65030, more than any network is given: write 1\/255/],
    ['scale: 1, std: [0.229, 0.224, 0.225]', /inputs\[0\]\.scale: pixels × scale ÷ std 0\.229, .* are 0 to 1114, more than/],
    [
      'scale: 1/255, std: [58.4, 57.1, 57.4]',
      /inputs\[0\]\.std: pixels × scale ÷ std .* are 0 to 0\.01712, all but one colour: write scale: 1/,
    ],
    ['scale: 1/65025', /inputs\[0\]\.scale: pixels × scale are 0 to 0\.003922, all but one colour/],
    [
      'scale: 1, channels: BGR, mean: [103.939, 116.779, 123.68]',
      /blue first, and red comes first here .*: write it the other way round: 123\.68/,
    ],
    [
      'scale: 1/255, mean: [0.406, 0.456, 0.485], std: [0.225, 0.224, 0.229]',
      /blue first.*: write both the other way round: 0\.485, 0\.456, 0\.406/,
    ],
  ]
  for (const [numbers, message] of cases) t.regex((await failure(t, meanCard(numbers))).message, message)
  for (const numbers of ['scale: 257', 'scale: 1/127.5, mean: [1, 1, 1]', 'scale: 1, std: [255, 255, 255]'])
    await t.notThrowsAsync(cardOf(t, meanCard(numbers), meanModel()))
})

test('a short card is made complete from the graph', async (t) => {
  const card = await cardOf(t, meanCard('scale: 1/255, at: 0.5 mpp'), meanModel('float16', 'NHWC', 2, 8))
  t.like(card, { name: 'mean', batch: 2, about: '' })
  t.deepEqual(card.inputs, [
    {
      name: 'x',
      width: 8,
      height: 8,
      at: { value: 0.5, units: 'mpp' },
      layout: 'NHWC',
      channels: 'RGB',
      dtype: 'float16',
      scale: 1 / 255,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    },
  ])
  t.deepEqual(card.outputs, [{ name: 'mean', kind: 'features', classes: [], width: 3, inGraph: 'none', apply: 'none', about: [] }])
  t.regex(card.sha256, /^[0-9a-f]{64}$/)
})

test('classes get colours that differ, unless the card names them', async (t) => {
  const card = await cardOf(
    t,
    meanCard('scale: 1', "kind: classes, apply: softmax, classes: [a, { name: b, color: '#AABBCC' }, c]"),
    meanModel(),
  )
  const { classes } = card.outputs[0]!
  t.deepEqual(
    classes.map(({ name }) => name),
    ['a', 'b', 'c'],
  )
  t.is(classes[1]!.color, '#aabbcc')
  t.is(new Set(classes.map(({ color }) => color)).size, 3)
})

test('a card of 100,000 classes is read, and the last one is found to be there before', async (t) => {
  const names = Array.from({ length: 100_000 }, (_, i) => `c${i}`)
  const graph = newGraph('many')
  const x = graph.input('x', 'float32', ['N', 3, 4, 4])
  const mean = graph.node('ReduceMean', 'mean', [x], { axes: [2, 3], keepdims: 0 })
  const zeros = graph.constant('w', new Float32Array(3 * names.length), [3, names.length])
  graph.output(graph.node('MatMul', 'y', [mean, zeros]), 'float32', ['N', names.length])
  const written = (classes: readonly string[]) => meanCard('scale: 1', `kind: classes, apply: softmax, classes: [${classes}]`)
  const card = await cardOf(t, written(names), graph.bytes())
  t.is(card.outputs[0]!.classes.length, 100_000)
  // Looking for each name in all of them takes minutes: too long for any test.
  const error = await failure(t, written([...names.slice(1), 'c99999']), graph.bytes())
  t.regex(error.message, /outputs\[0\]\.classes: 'c99999' is there twice/)
})

test('all problems of a card are told at once, each with its place', async (t) => {
  const error = await failure(t, 'name: x\nsize: 3\ninputs: [{ scale: 1, layuot: NCHW, mean: [1, 2] }]\noutputs: [{ kind: clases }]')
  t.is(error.code, 'CARD_INVALID')
  const lines = error.message.split('\n')
  t.is(lines.length, 4)
  for (const part of ["has no 'size'", 'inputs[0]: ', 'inputs[0].mean: needs three numbers', 'outputs[0].kind: ']) {
    t.true(
      lines.some((line) => line.includes(part)),
      part,
    )
  }
})

test('a pipe in the place of a card is not waited for, nor is a device read', async (t) => {
  if (process.platform === 'win32') return t.pass()
  for (const lay of [(card: string) => symlink('/dev/zero', card), async (card: string) => void execFileSync('mkfifo', [card])]) {
    const folder = await scratch(t)
    await lay(path.join(folder, 'model.yml'))
    await t.throwsAsync(readCard(folder), { code: 'CARD_INVALID', message: /model\.yml cannot be read/ })
  }
})

test('a card that is no YAML says where', async (t) => {
  const error = await failure(t, 'name: x\ninputs: [\n')
  t.is(error.code, 'CARD_INVALID')
  t.regex(error.message, /model\.yml:3:1 /)
  t.regex((await failure(t, '- a\n- b\n')).message, /holds no names/)
})

test('a card full of aliases is refused, not expanded', async (t) => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...[...'bcdefgh'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`),
  ]
  const error = await failure(t, bomb.join('\n'))
  t.is(error.code, 'CARD_INVALID')
})

test('a name that the graph does not have is answered with the nearest', async (t) => {
  const error = await failure(t, meanCard('scale: 1', 'name: maen, kind: features'))
  t.regex(error.message, /outputs\[0\]\.name: the graph has no output 'maen', did you mean 'mean'\?/)
})

test('sizes that do not fit the graph name both', async (t) => {
  const size = await failure(t, meanCard('scale: 1, size: 5 px'))
  t.is(size.code, 'SHAPE_MISMATCH')
  t.regex(size.message, /inputs\[0\]\.size: the card says 5 × 5, the graph takes 'x' float32 \[N, 3, 4, 4\]/)
  const classes = await failure(t, meanCard('scale: 1', 'kind: classes, apply: softmax, classes: [a, b]'))
  t.is(classes.code, 'SHAPE_MISMATCH')
  t.regex(classes.message, /the card has 2 classes, the graph gives 'mean' float32 \[N, 3\]: 3/)
  const dtype = await failure(t, meanCard('scale: 1, dtype: float16'))
  t.regex(dtype.message, /the card says float16, the graph takes 'x' float32/)
  const layout = await failure(t, meanCard('scale: 1, layout: NHWC'))
  t.regex(layout.message, /4 channels/)
  const batch = await failure(t, `${meanCard()}batch: 3\n`, meanModel('float32', 'NCHW', 2))
  t.regex(batch.message, /batch: the card says 3, the graph takes 2/)
  const room = await failure(t, meanCard(), meanModel('float32', 'NCHW', 2 ** 40))
  t.regex(room.message, /1099511627776 pictures of 4 × 4 px at once are/)
})

test('what does not go together is a problem', async (t) => {
  const cases: [string, RegExp][] = [
    [meanCard('mean: [0, 0, 0]'), /scale: is required when the graph takes floats/],
    ...['0', '-1', '1/0', '1/x', 'yes', '.inf', '1 / 255 / 2'].map((scale): [string, RegExp] => [
      meanCard(`scale: ${scale}`),
      /scale: \S.* no scale: write 1\/255, 1\/127\.5 or a number above 0/,
    ]),
    [meanCard('scale: 1, std: [1, 0, 1]'), /std: must be more than 0/],
    [
      meanCard('scale: 1/255, mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]'),
      /mean: 123\.675, 116\.28, 103\.53 is more than any pixel, pixels × scale are 0 to 1, and of 0 to 255 the mean: write scale: 1,/,
    ],
    [meanCard('scale: 1, mean: [127.5, 300, 0]'), /mean: 127\.5, 300, 0 is more than any pixel, pixels × scale are 0 to 255$/m],
    [
      meanCard('scale: 1, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]'),
      /is of pixels of 0 to 1, and pixels × scale are 0 to 255: write scale: 1\/255/,
    ],
    [meanCard('scale: 1', 'kind: classes'), /classes: is required/],
    [meanCard('scale: 1', 'kind: features, classes: [a]'), /does not go with kind features/],
    [meanCard('scale: 1', 'kind: classes, in_graph: softmax, apply: softmax, classes: [a, b, c]'), /applies softmax already/],
    [meanCard('scale: 1', 'kind: classes, apply: softmax, classes: [a, b, a]'), /'a' is there twice/],
    [meanCard('scale: 1', 'kind: classes, apply: softmax, classes: [{ name: a, color: red }]'), /is no colour/],
  ]
  for (const [card, message] of cases) {
    const error = await failure(t, card)
    t.is(error.code, 'CARD_INVALID')
    t.regex(error.message, message)
  }
})

test('a sha256 in the card must be that of the file', async (t) => {
  const error = await failure(t, `${meanCard()}sha256: ${'a'.repeat(64)}\n`)
  t.is(error.code, 'CARD_INVALID')
  t.regex(error.message, /sha256: the card says a{64}, model\.onnx has [0-9a-f]{64}/)
})

test('a test vector must fit the outputs', async (t) => {
  const test = (row: string) => `${meanCard()}test: { seed: 1, sha256: ${'a'.repeat(64)}, expected: { ${row} } }\n`
  t.regex((await failure(t, test('mean: [1]'))).message, /test\.expected\.mean: 1 numbers, the output has 3/)
  t.regex((await failure(t, test('men: [1, 2, 3]'))).message, /no output of that name/)
  t.is((await cardOf(t, test('mean: [1, 2, 3]'), meanModel())).test?.tolerance, 1e-4)
})

test('an activation that the graph ends with is not applied once more', async (t) => {
  const ends = (...ops: string[]) =>
    meanModel('float32', 'NCHW', 'N', 4, (graph, value) => ops.reduce((from, op, i) => graph.node(op, `v${i}`, [from], {}), value))
  const card = (more: string) => meanCard('scale: 1/255', `kind: classes, classes: [a, b, c]${more}`)
  const cases: [string, Uint8Array, RegExp][] = [
    [', apply: softmax', ends('Softmax'), /the card says softmax, the graph ends with softmax itself: write in_graph: softmax/],
    [', apply: sigmoid', ends('Sigmoid'), /the card says sigmoid, the graph ends with sigmoid itself/],
    [', apply: sigmoid', ends('Softmax', 'Identity'), /the graph ends with softmax itself/],
    [', apply: softmax', ends('LogSoftmax', 'Exp'), /the graph ends with softmax itself/],
    [', in_graph: softmax', ends('Sigmoid'), /in_graph: the card says softmax, the graph ends with sigmoid/],
  ]
  for (const [more, graph, message] of cases) {
    const error = await failure(t, card(more), graph)
    t.is(error.code, 'SHAPE_MISMATCH')
    t.regex(error.message, message)
  }
  const overBatch = meanModel('float32', 'NCHW', 'N', 4, (graph, value) => graph.node('Softmax', 'p', [value], { axis: -2 }))
  t.regex((await failure(t, card(''), overBatch)).message, /softmax over the pictures of a batch/)
  t.like((await cardOf(t, card(', in_graph: softmax'), ends('Softmax'))).outputs[0], { inGraph: 'softmax', apply: 'none' })
  // A mask would be tissue everywhere: sigmoid of 0 to 1 is more than one half.
  const pixels = newGraph('mask')
  pixels.output(pixels.node('Sigmoid', 'y', [pixels.input('x', 'float32', ['N', 3])], {}), 'float32', ['N', 3])
  const mask = 'name: m\ninputs: [{ form: pixels, scale: 1/255 }]\noutputs: [{ kind: mask, apply: sigmoid }]\n'
  t.regex((await failure(t, mask, pixels.bytes())).message, /the graph ends with sigmoid itself/)
})

test('answers that are maps, as scikit-learn and Custom Vision export them, are refused with the way out', async (t) => {
  const { graph, ...model } = decodeModel(meanModel(), 'm')
  const zip = { opType: 'ZipMap', domain: 'ai.onnx.ml', input: [graph!.output[0]!.name], output: ['loss'], attribute: [] }
  const bytes = encodeModel({ ...model, graph: { ...graph!, node: [...graph!.node, zip], output: [{ name: 'loss' }] } })
  const error = await failure(t, meanCard('scale: 1/255', 'kind: classes, classes: [a, b, c]'), bytes)
  t.is(error.code, 'SHAPE_MISMATCH')
  t.regex(
    error.message,
    /outputs\[0\]: the graph gives 'loss' as a map for each picture \(ZipMap\), .* export it with options=\{'zipmap': False\}/,
  )
})

test('a wsinfer config.json of a graph with its softmax inside applies none', async (t) => {
  const folder = await scratch(t)
  const graph = meanModel('float32', 'NCHW', 'N', 4, (g, value) => g.node('Softmax', 'p', [value], {}))
  await writeFile(path.join(folder, 'tumor.onnx'), graph)
  const config = { spec_version: '1.0', architecture: 'x', num_classes: 3, patch_size_pixels: 4, spacing_um_px: 0.25 }
  await writeFile(
    path.join(folder, 'config.json'),
    JSON.stringify({ ...config, class_names: ['a', 'b', 'c'], transform: [{ name: 'ToTensor' }] }),
  )
  t.like((await readCard(folder)).outputs[0], { inGraph: 'softmax', apply: 'none' })
})

test('a wsinfer config.json whose transforms give other pixels is refused', async (t) => {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'tumor.onnx'), meanModel())
  const config = { spec_version: '1.0', architecture: 'x', num_classes: 3, patch_size_pixels: 4, spacing_um_px: 0.25 }
  const normal = { name: 'Normalize', arguments: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } }
  const cases: [transform: readonly object[], message: RegExp][] = [
    [[normal], /transform: has no ToTensor/],
    [[{ name: 'ToTensor' }, normal, normal], /transform: has Normalize twice/],
    [[normal, { name: 'ToTensor' }], /transform: has Normalize before ToTensor/],
    [
      [{ name: 'CenterCrop', arguments: { size: 4 } }, { name: 'ToTensor' }],
      /transform\[0\]: 'CenterCrop' is not done here, Resize, ToTensor, Normalize are/,
    ],
  ]
  for (const [transform, message] of cases) {
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({ ...config, class_names: ['a', 'b', 'c'], transform }))
    const error = await t.throwsAsync(readCard(folder), { code: 'CARD_INVALID' })
    t.regex(error!.message, message)
  }
})

test('a config.json of timm or Hugging Face is no card, and says the command that writes one', async (t) => {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'net.onnx'), meanModel())
  const write = (name: string, value: object) => writeFile(path.join(folder, name), JSON.stringify(value))
  const timm = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], input_size: [3, 224, 224], label_names: ['tumour', 'normal'] }
  await write('config.json', { architecture: 'resnet18', num_classes: 2, num_features: 512, pretrained_cfg: timm })
  const first = (await t.throwsAsync(readCard(folder), { code: 'CARD_MISSING' })) as Error & { hint?: string }
  t.regex(first.hint!, /import .*net\.onnx --size 224 --at … --mean 0\.5,0\.5,0\.5 --std 0\.5,0\.5,0\.5 --classes 'tumour,normal'/)
  // As save_config_for_hf of timm 1.0.31 lays them; by number where some are missing, of which there is no order.
  const hintWith = async (label_names: unknown) => {
    const { label_names: _, ...pretrained_cfg } = timm
    await write('config.json', { architecture: 'resnet18', num_classes: 2, num_features: 512, label_names, pretrained_cfg })
    return ((await t.throwsAsync(readCard(folder), { code: 'CARD_MISSING' })) as { hint?: string }).hint!
  }
  t.regex(await hintWith(['tumour', 'normal']), /--classes 'tumour,normal'$/)
  t.regex(await hintWith({ 1: 'normal', 0: 'tumour' }), /--classes 'tumour,normal'$/)
  t.regex(await hintWith({ 0: 'tumour', 2: 'normal' }), /--classes …$/)
  await write('config.json', { architectures: ['ViTForImageClassification'], image_size: 384, id2label: { 1: 'b', 0: 'a' } })
  await write('preprocessor_config.json', { image_mean: [0.485, 0.456, 0.406], size: { height: 384, width: 384 } })
  const second = (await t.throwsAsync(readCard(folder), { code: 'CARD_MISSING' })) as Error & { hint?: string }
  t.regex(second.hint!, /--size 384 --at … --mean 0\.485,0\.456,0\.406 --classes 'a,b'/)
  await write('config.json', { architectures: ['ViTForImageClassification'], id2label: { 0: 'a, b', 1: 'c' } })
  t.regex(((await t.throwsAsync(readCard(folder))) as Error & { hint: string }).hint, /--classes '"a, b",c'/)
  // As DINOv2's: brought to 256, cut to 224, and positions of the network are for 518.
  const dino = { image_mean: [0.485, 0.456, 0.406], size: { shortest_edge: 256 }, crop_size: { height: 224, width: 224 } }
  await write('config.json', { model_type: 'dinov2', image_size: 518 })
  const hintFor = async (pictures: object) => {
    await write('preprocessor_config.json', pictures)
    return ((await t.throwsAsync(readCard(folder), { code: 'CARD_MISSING' })) as Error & { hint: string }).hint
  }
  t.regex(await hintFor({ ...dino, do_center_crop: true, rescale_factor: 0.00392156862745098 }), /--size 224 --at … --mean /)
  t.regex(await hintFor({ ...dino, do_center_crop: false }), /--size 256 --at … --mean /)
  t.regex(await hintFor({ ...dino, rescale_factor: 1 / 127.5 }), /--size 224 --at … --scale 1\/127\.5 --mean /)
  t.regex(await hintFor({ ...dino, do_rescale: false, do_normalize: false }), /--size 224 --at … --scale 1 --classes /)
  // MobileViT wants blue first; an EfficientNet is moved to -1 to 1 first and divided by the deviation twice; one number is for all channels.
  t.regex(
    await hintFor({ size: { height: 224, width: 320 }, do_flip_channel_order: true, image_mean: 0.5 }),
    /--size 320x224 --at … --channels BGR/,
  )
  const efficient = { rescale_factor: 1 / 127.5, rescale_offset: true, include_top: true, image_mean: 0.5, image_std: 0.5 }
  t.regex(await hintFor(efficient), /--scale 1\/127\.5 --mean 1\.5,1\.5,1\.5 --std 0\.25,0\.25,0\.25/)
  await write('config.json', { model_type: 'vit', problem_type: 'multi_label_classification' })
  t.regex(await hintFor({}), /--activation sigmoid/)
})

test('the ONNX file must lie in the folder of the card', async (t) => {
  const error = await failure(t, `${meanCard()}file: ../model.onnx\n`)
  t.is(error.code, 'CARD_INVALID')
  t.is((await failure(t, `${meanCard()}file: other.onnx\n`)).code, 'MODEL_MISSING')
})

test('a wsinfer config.json is a card', async (t) => {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'tumor.onnx'), meanModel('float32', 'NCHW', 'N', 4))
  const config = {
    spec_version: '1.0',
    architecture: 'resnet34',
    num_classes: 3,
    patch_size_pixels: 8,
    spacing_um_px: 0.25,
    class_names: ['a', 'b', 'c'],
    transform: [
      { name: 'Resize', arguments: { size: 4 } },
      { name: 'ToTensor' },
      { name: 'Normalize', arguments: { mean: [0.7, 0.6, 0.5], std: [0.1, 0.2, 0.3] } },
    ],
  }
  const write = (value: unknown) => writeFile(path.join(folder, 'config.json'), JSON.stringify(value))
  await write(config)
  const card = await readCard(folder)
  // 8 pixels of 0.25 µm on 4 pixels: 0.5 µm each.
  t.like(card.inputs[0], {
    width: 4,
    height: 4,
    at: { value: 0.5, units: 'mpp' },
    scale: 1 / 255,
    mean: [0.7, 0.6, 0.5],
    std: [0.1, 0.2, 0.3],
  })
  t.like(card.outputs[0], { apply: 'softmax', width: 3 })
  await write({ ...config, class_names: ['a'] })
  t.regex((await t.throwsAsync(readCard(folder)))!.message, /class_names: 1 names, num_classes says 3/)
  await write({ ...config, transform: [{ name: 'CenterCrop', arguments: {} }] })
  t.like(await t.throwsAsync(readCard(folder)), { code: 'CARD_INVALID' })
})

test('a model is found beside the pipeline first, then by name in the package, else with a suggestion', async (t) => {
  const folder = await scratch(t)
  const error = await t.throwsAsync(findModel('stian', folder))
  t.like(error, { code: 'MODEL_MISSING' })
  t.regex(error!.message, /no model 'stian', did you mean 'stain'\?/)
  t.true((await findModel('stain', folder)).endsWith(path.join('models', 'stain')))
  t.is(await findModel('models/stain', folder), await findModel('stain', folder))
  await mkdir(path.join(folder, 'stain'))
  await writeFile(path.join(folder, 'stain', 'model.yml'), meanCard())
  t.is(await findModel('stain', folder), path.join(folder, 'stain'))
  await t.throwsAsync(findModel('../../etc', folder), { message: /no model/ })
})

test('every problem of a folder without a card says what is missing', async (t) => {
  const error = (await t.throwsAsync(readCard(await scratch(t)))) as Error & { code: string }
  t.is(error.code, 'MODEL_MISSING')
  t.regex(error.message, /neither model\.yml nor config\.json/)
})

test('the sha256 is that of the file', async (t) => {
  const folder = await modelFolder(t, meanCard(), meanModel())
  const digest = await crypto.subtle.digest('SHA-256', await readFile(path.join(folder, 'model.onnx')))
  t.is((await readCard(folder)).sha256, Buffer.from(digest).toString('hex'))
})

test('deep nesting in a card is refused by name, whatever it is made of', async (t) => {
  const block = Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')
  for (const deep of [
    '['.repeat(100_000),
    `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    `${'['.repeat(200)}${']'.repeat(200)}`,
    '{a: '.repeat(20_000),
    `${'{a: '.repeat(100)}1${'}'.repeat(100)}`,
    '- '.repeat(20_000),
  ]) {
    const error = await failure(t, `name: x\nabout: ${deep.startsWith('-') ? `\n  ${deep}` : deep}\n`)
    t.is(error.code, 'CARD_INVALID')
    t.notRegex(error.message, /call stack/)
    t.regex(error.message, /nested more than 64 deep|is no YAML: /)
    t.true(error.message.length < 400, error.message.slice(0, 400))
  }
  t.regex((await failure(t, block)).message, /nested more than 64 deep/)
})

test('a value of another kind is told in words, with what to write; one mistake is one line', async (t) => {
  const cases: [string | Uint8Array, RegExp][] = [
    [meanCard('scale: 1, mean: 0.5'), /inputs\[0\]\.mean: needs three numbers: red, green, blue$/],
    [meanCard('scale: 1, mean: "1,1,1"'), /^[^\n]*mean: needs three numbers: red, green, blue$/],
    [meanCard('scale: 1, std: [0, 1, 1]'), /^[^\n]*std: must be more than 0$/],
    [meanCard('scale: 1, layout: nchw'), /layout: must be one of NHWC, NCHW, is 'nchw', did you mean 'NCHW'\?$/],
    [meanCard('scale: 1', 'kind: classes, classes: [0, b, c]'), /classes\[0\]: must be text or a map, is 0: write "0"$/],
    [meanCard('scale: 1', 'kind: classes, classes: "a,b,c"'), /classes: must be a list, is 'a,b,c': write \[a,b,c\]$/],
    [
      meanCard('scale: 1', 'kind: classes, classes: [{ name: a, colour: "#123456" }, b, c]'),
      /classes\[0\]: has no 'colour', did you mean 'color'\?$/,
    ],
    [meanCard('scale: 1', 'activation: softmax, kind: features'), /outputs\[0\]: has no 'activation'; it may have name, kind, .*, apply$/],
    [meanCard().replace('inputs:', 'input:'), /^[^\n]*: has no 'input', did you mean 'inputs'\?$/],
    [meanCard().replace('name: mean\n', ''), /model\.yml: name: is missing$/],
    [`${meanCard()}batch: "4"\n`, /batch: must be a number, is '4': write 4, without quotes$/],
    [Buffer.from(`\ufeff${meanCard()}`, 'utf16le'), /model\.yml is no text in UTF-8$/],
    [Buffer.from(meanCard('scale: 1', 'kind: classes, classes: [Dr\u00fcse, b, c]'), 'latin1'), /model\.yml is no text in UTF-8$/],
  ]
  for (const [text, told] of cases) {
    const { code, message } = await failure(t, text)
    t.is(code, 'CARD_INVALID')
    t.regex(message, told)
  }
})

test('a slip in a card is one line with its place', async (t) => {
  for (const [text, place] of [
    ['name: x\nabout: "open\ninputs: []\n', 2],
    ['name: x\n\tabout: y\n', 2],
    ['name: [a, b\ninputs: c\n', 1],
  ] as const) {
    const { message } = await failure(t, text)
    t.regex(message, /^[^\n]*model\.yml:\d+:\d+ is no YAML: [^\n]+$/)
    t.true(Number(/yml:(\d+):/.exec(message)![1]) >= place, message)
  }
})

// A picture of 255 grey levels would come to the layers as 0 … 1/255: every one of them black.
test('a graph that divides by 255 itself takes no scale of 1/255, wherever the division stands', async (t) => {
  const made = (build: (graph: ReturnType<typeof newGraph>, x: string) => string) => {
    const graph = newGraph('own scale')
    const x = graph.input('x', 'float32', ['N', 3, 4, 4])
    const mean = graph.node('ReduceMean', 'mean', [build(graph, x)], { axes: [2, 3], keepdims: 0 })
    graph.output(mean, 'float32', ['N', 3])
    return graph.bytes()
  }
  const number = (graph: ReturnType<typeof newGraph>, name: string, value: number) => graph.constant(name, new Float32Array([value]), [1])
  const axes = (graph: ReturnType<typeof newGraph>, [axis = 0, from = 0, to = 0]: readonly number[]) =>
    [from, to, axis].map((value, i) => graph.constant(`at${i}`, new BigInt64Array([BigInt(value)]), [1]))
  const number4 = (graph: ReturnType<typeof newGraph>, four: readonly number[]) => graph.constant('by', new Float32Array(four), [4])
  const doubled = [
    made((g, x) => g.node('Div', 'd', [x, number(g, 'c', 255)])),
    made((g, x) => g.node('Mul', 'd', [x, number(g, 'c', 1 / 255)])),
    made((g, x) => g.node('Mul', 'd', [number(g, 'c', 1 / 255), x])),
    made((g, x) => g.node('Div', 'd', [g.node('Identity', 'i', [x]), number(g, 'c', 127.5)])),
    made((g, x) => g.node('Div', 'd', [g.node('Sub', 's', [x, number(g, 'm', 123.7)]), number(g, 'c', 58.4)])),
    // As Keras and PyTorch write it behind a crop, a resize, zeros around, the other order of channels, a whole number.
    made((g, x) => g.node('Mul', 'd', [g.node('Round', 'r', [g.node('Slice', 's', [x, ...axes(g, [1, 3, 3])])]), number(g, 'c', 1 / 255)])),
    made((g, x) => g.node('Div', 'd', [g.node('Resize', 'r', [x, '', number4(g, [1, 1, 2, 2])]), number(g, 'c', 255)])),
    made((g, x) => g.node('Div', 'd', [g.node('Pad', 'p', [x, g.constant('by', new BigInt64Array(8).fill(1n))]), number(g, 'c', 255)])),
    made((g, x) => {
      const red = g.node('Slice', 'red', [x, ...axes(g, [1, 0, 1])])
      return g.node('Add', 'd', [g.node('Concat', 'c', [red, red, red], { axis: 1 }), number(g, 'm', -103.9)])
    }),
    made((g, x) => g.node('Clip', 'd', [x, number(g, 'least', 0), number(g, 'most', 255)])),
    made((g, x) => g.node('Log', 'od', [g.node('Div', 'd', [g.node('Add', 'a', [x, number(g, 'one', 1)]), number(g, 'c', 256)])])),
  ]
  for (const bytes of doubled) {
    for (const scale of ['1/255', '0.00392', '1/127']) {
      const error = await failure(t, meanCard(`scale: ${scale}`), bytes)
      t.is(error.code, 'SHAPE_MISMATCH')
      t.regex(
        error.message,
        /inputs\[0\]\.scale: the card says .*, the graph begins with (Div|Mul|Sub|Add|Clip) -?[\d.]+ itself and wants 0 to 255: write scale: 1/,
      )
    }
    t.is((await cardOf(t, meanCard('scale: 1'), bytes)).inputs[0]!.scale, 1)
  }
  const sound = [
    made((g, x) => g.node('Div', 'd', [x, number(g, 'c', 0.229)])),
    made((g, x) => g.node('Div', 'd', [number(g, 'c', 255), x])),
    made((g, x) => g.node('Mul', 'd', [x, number(g, 'c', 255)])),
    made((g, x) => g.node('Sub', 'd', [number(g, 'c', 255), x])),
    // Grey levels that the graph makes of shares itself.
    made((g, x) => g.node('Sub', 'd', [g.node('Mul', 'm', [x, number(g, 'c', 255)]), number(g, 'hundred', 123.7)])),
    made((g, x) => g.node('Clip', 'd', [x, number(g, 'least', 0), number(g, 'most', 1)])),
  ]
  for (const bytes of sound) t.is((await cardOf(t, meanCard('scale: 1/255'), bytes)).inputs[0]!.scale, 1 / 255)
})

// As an export that holds its Normalize is given ImageNet's mean once more.
test('a mean that the graph takes away itself is not taken away before as well', async (t) => {
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ] as const
  type Head = (g: Graph, x: string) => string
  const planes = (g: Graph, name: string, values: readonly number[]) =>
    g.constant(name, Float32Array.from(values), [1, values.length, 1, 1])
  const less: Head = (g, x) => g.node('Div', 'n', [g.node('Sub', 'd', [x, planes(g, 'mean', mean)]), planes(g, 'std', std)])
  // Folded: x ÷ std − mean ÷ std.
  const folded: Head = (g, x) => {
    const times = g.node('Mul', 'm', [
      x,
      planes(
        g,
        'by',
        std.map((one) => 1 / one),
      ),
    ])
    return g.node('Add', 'n', [
      times,
      planes(
        g,
        'less',
        mean.map((one, i) => -one / std[i]!),
      ),
    ])
  }
  const ofGreys: Head = (g, x) => less(g, g.node('Div', 's', [x, g.constant('most', new Float32Array([255]), [])]))
  const turned: Head = (g, x) => less(g, g.node('Gather', 'bgr', [x, g.constant('order', new BigInt64Array([2n, 1n, 0n]))], { axis: 1 }))
  const made = (head: Head) => {
    const graph = newGraph('normalised')
    const x = graph.input('x', 'float32', ['N', 3, 4, 4])
    graph.output(graph.node('ReduceMean', 'mean_of', [head(graph, x)], { axes: [2, 3], keepdims: 0 }), 'float32', ['N', 3])
    return graph.bytes()
  }
  const shares = `scale: 1/255, mean: [${mean}], std: [${std}]`
  for (const [bytes, input] of [
    [made(less), shares],
    [made(folded), shares],
    [made(turned), `${shares}, channels: BGR`],
    [made(turned), shares],
    [made(ofGreys), 'scale: 1, mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]'],
  ] as const) {
    const error = await failure(t, meanCard(input), bytes)
    t.is(error.code, 'SHAPE_MISMATCH')
    t.regex(
      error.message,
      /inputs\[0\]\.mean: the card takes away .*, and the graph begins with taking away .* itself: leave mean and std out/,
    )
  }
  // Another one, none, and a graph that takes -1 to 1.
  const ofUnit: Head = (g, x) => less(g, g.node('Mul', 'h', [g.node('Add', 'u', [x, planes(g, 'one', [1])]), planes(g, 'half', [0.5])]))
  for (const [bytes, input] of [
    [made(less), 'scale: 1/255'],
    [made(ofUnit), 'scale: 1/255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]'],
    [made((g, x) => g.node('Identity', 'n', [x])), shares],
  ] as const)
    await t.notThrowsAsync(cardOf(t, meanCard(input), bytes))
})

test('a graph that throws dice is refused by name; a Dropout that is not in training is none', async (t) => {
  const withNode = (build: (graph: ReturnType<typeof newGraph>, value: string) => string) => meanModel('float32', 'NCHW', 'N', 4, build)
  const flag = (graph: ReturnType<typeof newGraph>, name: string, on: boolean) => graph.constant(name, Uint8Array.of(Number(on)), [])
  const asBool = (bytes: Uint8Array) => {
    const model = decodeModel(bytes, 'dice')
    const typed = (tensor: TensorProto): TensorProto => (tensor.name === 'training' ? { ...tensor, dataType: elementTypes.bool } : tensor)
    return encodeModel({ ...model, graph: { ...model.graph!, initializer: model.graph!.initializer.map(typed) } })
  }
  for (const op of ['RandomNormalLike', 'RandomUniformLike', 'Bernoulli', 'Multinomial']) {
    const error = await failure(
      t,
      meanCard(),
      withNode((graph, value) => graph.node('Add', 'out', [value, graph.node(op, 'dice', [value])])),
    )
    t.is(error.code, 'RANDOM_OPERATOR')
    t.regex(error.message, new RegExp(`holds ${op}, `))
  }
  const dropout = (on: boolean) =>
    asBool(
      withNode((graph, value) =>
        graph.node('Dropout', 'out', [value, graph.constant('ratio', new Float32Array([0.5]), []), flag(graph, 'training', on)]),
      ),
    )
  t.regex((await failure(t, meanCard(), dropout(true))).message, /Dropout in training mode/)
  t.is((await cardOf(t, meanCard(), dropout(false))).name, 'mean')
  t.is(
    (
      await cardOf(
        t,
        meanCard(),
        withNode((graph, value) => graph.node('Dropout', 'out', [value])),
      )
    ).name,
    'mean',
  )
})
