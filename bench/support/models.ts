/** The networks of the benchmarks: weights made once by torchvision, converted by us; int8 by our own quantiser. The same weights go to every contestant. */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import type { ModelCard } from '../../src/core/model.js'
import { readCard } from '../../src/models/card/card.js'
import { readOnnx } from '../../src/models/onnx/onnx-file.js'
import { writeModel } from '../../src/models/onnx/outside.js'
import { hasVnni } from '../../src/models/session/processor.js'
import { convertWeights } from '../../src/workshop/convert/own.js'
import { cardYaml } from '../../src/workshop/own/card-yaml.js'
import { calibrate, prepare, written } from '../../src/workshop/quantize/graph.js'
import { int8Card } from '../../src/workshop/quantize/quantize.js'
import { samplePictures } from '../../src/workshop/quantize/sample-pictures.js'
import { benchFolder, dataPath } from './folders.js'
import { torchPython } from './peers.js'
import { tissueTiles } from './slides.js'
import { prose } from './table.js'

export type Architecture = 'resnet18' | 'mobilenet_v2'
const classes = 9

/** The state dict as torchvision names it, and beside it as TIAToolbox does. Null without PyTorch. */
export async function weightsOf(architecture: Architecture): Promise<string | null> {
  const file = dataPath('weights', `${architecture}.pth`)
  if (existsSync(file)) return file
  const python = torchPython()
  if (python === null) return null
  const pictures = await Promise.all(
    (await tissueTiles()).pixels.map(async (pixels, i) => {
      const picture = dataPath('calibration', `${i}.png`)
      await sharp(pixels, { raw: { width: 256, height: 256, channels: 3 } })
        .extract({ left: 16, top: 16, width: 224, height: 224 })
        .png()
        .toFile(picture)
      return picture
    }),
  )
  const said = execFileSync(python, [path.join(benchFolder, 'peers/weights.py'), architecture, file, String(classes), ...pictures], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  prose(said.trim())
  return file
}

/** Folder of the model; null where it cannot be made (no PyTorch to make weights). */
export async function modelFolder(architecture: Architecture, kind: 'fp32' | 'int8'): Promise<string | null> {
  // As docs/int8.md advises.
  const sevenBits = kind === 'int8' && hasVnni() === false
  const folder = dataPath('models', `${architecture}-${kind}${sevenBits ? '-seven-bits' : ''}`)
  if (existsSync(path.join(folder, 'model.yml'))) return folder
  const weights = await weightsOf(architecture)
  if (weights === null) {
    prose('no weights: they need PyTorch and torchvision, from bench/.venv or the system')
    return null
  }
  if (kind === 'fp32') {
    const names = Array.from({ length: classes }, (_, i) => `class ${i}`)
    await convertWeights(weights, {
      name: `${architecture}-fp32`,
      architecture,
      out: folder,
      classes: names,
      size: 224,
      at: { value: 0.5, units: 'mpp' },
      logits: false,
      features: false,
    })
    return folder
  }
  const parent = await modelFolder(architecture, 'fp32')
  if (parent === null) return null
  await quantised(await readCard(parent), folder, sevenBits)
  return folder
}

/**
 * As `tiastream models quantize` does it, but for its judgement: what a random network says hangs on the last digits, and an int8 model that says something else
 * is refused, rightly. It is as fast as any.
 */
async function quantised(parent: ModelCard, folder: string, sevenBits: boolean): Promise<void> {
  const { width, height } = parent.inputs[0]!
  const samples = await samplePictures(dataPath('calibration'), 64, [width, height])
  const prepared = await prepare(parent, await readOnnx(parent.file))
  const pictures = samples.map(({ data }) => data)
  const spreads = await calibrate(parent, prepared, pictures, 1)
  await mkdir(folder, { recursive: true })
  const model = written(prepared, spreads, { way: 'all values', most: sevenBits ? 63 : 127 })
  const file = await writeModel(path.join(folder, 'model.onnx'), model)
  const card = { ...int8Card(parent, prepared), ...file, name: path.basename(folder), parent: parent.name }
  await writeFile(path.join(folder, 'model.yml'), cardYaml(card, { comment: 'Written by the benchmarks.' }))
}

export const cardOf = (folder: string): Promise<ModelCard> => readCard(folder)
