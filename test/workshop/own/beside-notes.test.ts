import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { importModel } from '../../../src/workshop/own/import.js'
import { meanModel, scratch } from '../../models/folder.js'

test('what config.json and preprocessor_config.json beside a graph say otherwise is told with its options', async (t) => {
  const folder = await scratch(t)
  await mkdir(path.join(folder, 'onnx'))
  // Hugging Face keeps graphs in a folder below.
  const file = path.join(folder, 'onnx', 'model.onnx')
  await writeFile(file, meanModel('float32', 'NCHW', 'N', 4))
  const write = (name: string, value: object) => writeFile(path.join(folder, name), JSON.stringify(value))
  const notes = async (given: object) => {
    const options = {
      out: path.join(folder, 'm'),
      name: 'm',
      force: true,
      classes: ['a', 'b', 'c'],
      activation: 'softmax',
      ...given,
    } as const
    return (await importModel(file, options)).assumed.filter((line) => line.includes('beside'))
  }
  t.deepEqual(await notes({}), [])
  await write('config.json', { model_type: 'vit', problem_type: 'multi_label_classification' })
  await write('preprocessor_config.json', { image_mean: [0.5, 0.5, 0.5], image_std: [0.2, 0.2, 0.2], size: { height: 4, width: 4 } })
  t.deepEqual(await notes({}), [
    'config.json and preprocessor_config.json beside it say otherwise: --mean 0.5,0.5,0.5 --std 0.2,0.2,0.2 --activation sigmoid',
  ])
  t.deepEqual(await notes({ mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2], activation: 'sigmoid' }), [])
})

test('classes in another order than those of config.json beside the graph are a mistake; where none are given they are offered', async (t) => {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'm.onnx'), meanModel('float32', 'NCHW', 'N', 4))
  await writeFile(
    path.join(folder, 'config.json'),
    JSON.stringify({ model_type: 'vit', id2label: { 0: 'stroma', 1: 'a, b', 2: 'tumour' } }),
  )
  const made = (options: object) =>
    importModel(path.join(folder, 'm.onnx'), { out: path.join(folder, 'm'), name: 'm', force: true, ...options })
  await t.throwsAsync(made({ classes: ['a, b', 'stroma', 'tumour'], activation: 'softmax' }), {
    code: 'CARD_INVALID',
    message: /names the same classes in another order: stroma, a, b, tumour/,
  })
  await t.notThrowsAsync(made({ classes: ['stroma', 'a, b', 'tumour'], activation: 'softmax' }))
  t.regex((await made({})).assumed.join('\n'), /config\.json beside it says otherwise: --classes 'stroma,"a, b",tumour'/)
})

test('open_clip says it in a file of its own', async (t) => {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'm.onnx'), meanModel('float32', 'NCHW', 'N', 4))
  const config = {
    model_cfg: {},
    preprocess_cfg: { mean: [0.48, 0.45, 0.4], std: [0.26, 0.26, 0.27], size: 448, interpolation: 'bicubic' },
  }
  await writeFile(path.join(folder, 'open_clip_config.json'), JSON.stringify(config))
  const { assumed } = await importModel(path.join(folder, 'm.onnx'), { out: path.join(folder, 'out'), name: 'm', force: false })
  t.true(assumed.includes('open_clip_config.json beside it says otherwise: --size 448 --mean 0.48,0.45,0.4 --std 0.26,0.26,0.27'))
})

test('models of pictures and words say it with what is of pictures', async (t) => {
  const folder = await scratch(t)
  await writeFile(path.join(folder, 'm.onnx'), meanModel('float32', 'NCHW', 'N', 4))
  const notes = async (files: Readonly<Record<string, object>>) => {
    for (const [name, fields] of Object.entries(files)) await writeFile(path.join(folder, name), JSON.stringify(fields))
    const { assumed } = await importModel(path.join(folder, 'm.onnx'), { out: path.join(folder, 'out'), name: 'm', force: true })
    return assumed.filter((line) => line.includes('beside it'))
  }
  t.deepEqual(await notes({ 'open_clip_config.json': { model_cfg: { vision_cfg: { image_size: 336 } }, preprocess_cfg: { std: 0.5 } } }), [
    'open_clip_config.json beside it says otherwise: --size 336 --std 0.5,0.5,0.5',
  ])
  await rm(path.join(folder, 'open_clip_config.json'))
  t.deepEqual(await notes({ 'config.json': { vision_config: { image_size: 224 } } }), ['config.json beside it says otherwise: --size 224'])
  const processor = { image_processor: { image_mean: [0.48, 0.45, 0.4], crop_size: { height: 4, width: 4 } }, tokenizer: {} }
  t.deepEqual(await notes({ 'processor_config.json': processor }), [
    'config.json and processor_config.json beside it say otherwise: --mean 0.48,0.45,0.4',
  ])
  t.deepEqual(await notes({ 'preprocessor_config.json': { image_mean: 0.5, size: 4 } }), [
    'config.json and preprocessor_config.json beside it say otherwise: --mean 0.5,0.5,0.5',
  ])
})

test('a bundle of MONAI says it in its metadata, and among the transforms of its inference', async (t) => {
  const folder = await scratch(t)
  const file = path.join(folder, 'models', 'm.onnx')
  for (const name of ['models', 'configs']) await mkdir(path.join(folder, name))
  await writeFile(file, meanModel('float32', 'NCHW', 'N', 4))
  const write = (name: string, value: object) => writeFile(path.join(folder, 'configs', name), JSON.stringify(value))
  // As pathology_tumor_detection of its zoo has it: the range is not that of the network.
  const metadata = (spatial_shape: readonly unknown[], channels: readonly string[]) => ({
    network_data_format: {
      inputs: { image: { num_channels: 3, spatial_shape, value_range: [0, 255], channel_def: { 0: 'R', 1: 'G', 2: 'B' } } },
      outputs: { pred: { type: 'probability', channel_def: Object.fromEntries(channels.entries()) } },
    },
  })
  const inference = (transform: object) => ({
    preprocessing: {
      _target_: 'Compose',
      transforms: [{ _target_: 'CastToTyped', dtype: 'float32' }, transform, { _target_: 'ToTensord' }],
    },
    postprocessing: { _target_: 'Compose', transforms: [{ _target_: 'Activationsd', keys: 'pred', sigmoid: true }] },
  })
  const notes = async (options: object = {}) =>
    (await importModel(file, { out: path.join(folder, 'out'), name: 'm', force: true, ...options })).assumed
      .filter((line) => line.includes('beside it'))
      .join()
  await write('metadata.json', metadata([224, 224], ['normal', 'benign', 'tumour']))
  t.is(await notes(), "metadata.json beside it says otherwise: --size 224 --classes 'normal,benign,tumour'")
  await write('metadata.json', metadata(['2**n', '2**n'], ['normal', 'benign', 'tumour']))
  await write('inference.json', inference({ _target_: 'ScaleIntensityRanged', a_min: 0, a_max: 255, b_min: -1, b_max: 1 }))
  const classes = { classes: ['normal', 'benign', 'tumour'], activation: 'softmax' }
  t.is(await notes(classes), 'metadata.json and inference.json beside it say otherwise: --scale 1/127.5 --mean 1,1,1 --activation sigmoid')
  await write('inference.json', inference({ _target_: 'monai.transforms.NormalizeIntensityd', subtrahend: [120, 110, 130], divisor: 64 }))
  t.is(
    await notes({ ...classes, activation: 'sigmoid' }),
    'metadata.json and inference.json beside it say otherwise: --scale 1 --mean 120,110,130 --std 64,64,64',
  )
  await write('inference.json', inference({ _target_: 'ScaleIntensityRanged', a_min: 0, a_max: 255, b_min: 0, b_max: 1 }))
  t.is(await notes({ ...classes, activation: 'sigmoid' }), '')
  await t.throwsAsync(notes({ ...classes, classes: ['tumour', 'benign', 'normal'] }), {
    code: 'CARD_INVALID',
    message: /m\.onnx: metadata\.json beside it names the same classes in another order: normal, benign, tumour/,
  })
})
