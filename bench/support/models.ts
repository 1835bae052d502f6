/** The networks of the benchmarks: weights made once by torchvision, converted by us; int8 by our own quantiser. The same weights go to every contestant. */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import type { ModelCard } from '../../src/core/model.js'
import { readCard } from '../../src/models/card/card.js'
import { hasVnni } from '../../src/models/session/processor.js'
import { convertWeights } from '../../src/workshop/convert/own.js'
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

/** Folder of the model; null where it cannot be made (no PyTorch to make weights; for int8: the quantiser said no). */
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
  try {
    const said = execFileSync(
      process.execPath,
      [
        fileURLToPath(new URL('../../src/cli.js', import.meta.url)),
        'models',
        'quantize',
        parent,
        '--calibrate',
        dataPath('calibration'),
        '--output',
        folder,
        '--patches',
        '64',
        ...(sevenBits ? ['--seven-bits'] : []),
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    )
    prose(said.trim())
    return folder
  } catch (error) {
    prose(
      `no int8 ${architecture}: ${
        String((error as { stderr?: string }).stderr ?? error)
          .trim()
          .split('\n')[0]
      }`,
    )
    return null
  }
}

export const cardOf = (folder: string): Promise<ModelCard> => readCard(folder)
