/** Every network, in its real size, against PyTorch: made there with random weights, saved, read here, and asked about the same pictures. */

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import test from 'ava'
import ort from 'onnxruntime-node'
import sharp from 'sharp'
import { packageRoot } from '../../src/core/package-root.js'
import { architectures } from '../../src/models/convert/architectures/registry.js'
import { openStateDict } from '../../src/models/convert/state-dict.js'
import { toOnnx } from '../../src/models/convert/to-onnx.js'
import { picture } from '../../test/formula.js'
import { sharedPath } from '../../test/shared-data.js'

/** Debian's python3-torch and python3-torchvision belong to the system's Python. */
const python = '/usr/bin/python3'
const size = 224

const hasTorch = (() => {
  try {
    execFileSync(python, ['-c', 'import torch, torchvision'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

async function pictures(): Promise<Buffer> {
  const made = [picture('random', size, size), picture('pink', size, size, [150, 80, 120], [255, 200, 220])]
  const real = [
    'patches/kather100k/MUS-tiatoolbox-kather1.tif',
    'patches/kather100k/TUM-tiatoolbox-kather2.tif',
    'tiles/TUPAC-TR-002-r34-c34-600.png',
  ]
  for (const file of real.map(sharedPath)) {
    if (existsSync(file)) made.push(await sharp(file).removeAlpha().toColourspace('srgb').resize(size, size).raw().toBuffer())
    else console.warn(`without the real picture ${path.basename(file)}: it is absent`)
  }
  return Buffer.concat(made)
}

async function apart(file: string, architecture: string, pixels: Buffer, expected: number[][], finalRelu?: boolean): Promise<number> {
  const weights = await openStateDict(file)
  const relu = finalRelu === undefined ? {} : { finalRelu }
  const { bytes } = await toOnnx(weights, { architecture, classes: 9, name: architecture, ...relu })
  await weights.close()
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 2,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  const count = pixels.length / (size * size * 3)
  const answer = await session.run({ image: new ort.Tensor('uint8', new Uint8Array(pixels), [count, size, size, 3]) })
  await session.release()
  return Math.max(...expected.flat().map((value, i) => Math.abs(value - (answer.probabilities!.data as Float32Array)[i]!)))
}

for (const architecture of Object.keys(architectures)) {
  const run = hasTorch ? test.serial : test.serial.skip
  if (!hasTorch) console.warn(`SKIPPED (no PyTorch: apt-get install python3-torch python3-torchvision): ${architecture}`)
  run(`${architecture}: PyTorch's file, zip and legacy and with timm's names, gives PyTorch's probabilities`, async (t) => {
    t.timeout(1_200_000)
    const folder = await mkdtemp(path.join(os.tmpdir(), 'tiastream-pytorch-'))
    try {
      const pixels = await pictures()
      const raw = path.join(folder, 'pictures.raw')
      await writeFile(raw, pixels)
      const script = `${packageRoot}test-slow/models/pytorch.py`
      const said = execFileSync(python, [script, architecture, folder, raw, String(size), String(size)], {
        maxBuffer: 2 ** 24,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const { probabilities, withRelu } = JSON.parse(said.toString()) as { probabilities: number[][]; withRelu?: number[][] }
      const most: Record<string, number> = {}
      for (const name of readdirSync(folder).filter((n) => n.endsWith('.pth'))) {
        most[name] = await apart(path.join(folder, name), architecture, pixels, probabilities)
      }
      const timm = path.join(folder, 'timm.safetensors')
      if (existsSync(timm)) {
        most.timm = await apart(timm, architecture, pixels, probabilities, false)
        // by itself the converter does as timm does, which for DenseNet is another thing
        most['timm as timm'] = await apart(timm, architecture, pixels, withRelu ?? probabilities)
        if (withRelu) t.true(Math.max(...withRelu.flat().map((value, i) => Math.abs(value - probabilities.flat()[i]!))) > 1e-3)
      }
      t.log(
        Object.entries(most)
          .map(([name, value]) => `${name} ${value.toExponential(1)}`)
          .join(', '),
      )
      t.true(Object.keys(most).length >= 2)
      for (const value of Object.values(most)) t.true(value <= 1e-5)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}
