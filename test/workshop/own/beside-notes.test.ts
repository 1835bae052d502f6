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
