/**
 * Networks in their real size against PyTorch: made there with random weights, saved, read here, and asked about the same pictures. One of each
 * family; all of them in `npm run test:long`.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import test from 'ava'
import ort from 'onnxruntime-node'
import sharp from 'sharp'
import { packageRoot } from '../../src/core/package-root.js'
import { architectures } from '../../src/workshop/convert/architectures/registry.js'
import { openStateDict } from '../../src/workshop/convert/state-dict.js'
import { toOnnx } from '../../src/workshop/convert/to-onnx.js'
import { picture } from '../../test/formula.js'
import { sharedPath } from '../../test/shared-data.js'
import { quick } from '../../test/workshop/convert/pytorch-answers.js'
import { long } from '../long.js'

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
  const real = ['patches/kather100k/MUS-tiatoolbox-kather1.tif', 'patches/kather100k/TUM-tiatoolbox-kather2.tif']
  for (const file of real.map(sharedPath)) {
    if (existsSync(file)) made.push(await sharp(file).removeAlpha().toColourspace('srgb').resize(size, size).raw().toBuffer())
    else console.warn(`without the real picture ${path.basename(file)}: it is absent`)
  }
  return Buffer.concat(made)
}

async function converted(file: string, architecture: string, finalRelu?: boolean): Promise<Uint8Array> {
  const weights = await openStateDict(file)
  try {
    const relu = finalRelu === undefined ? {} : { finalRelu }
    return (await toOnnx(weights, { architecture, classes: 9, name: architecture, ...relu })).bytes
  } finally {
    await weights.close()
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function apart(model: Uint8Array, pixels: Buffer, expected: number[][]): Promise<number> {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 })
  const count = pixels.length / (size * size * 3)
  const answer = await session.run({ image: new ort.Tensor('uint8', new Uint8Array(pixels), [count, size, size, 3]) })
  await session.release()
  return Math.max(...expected.flat().map((value, i) => Math.abs(value - (answer.probabilities!.data as Float32Array)[i]!)))
}

for (const architecture of long ? Object.keys(architectures) : quick) {
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
      const model = await converted(path.join(folder, 'zip.pth'), architecture)
      const most = await apart(model, pixels, probabilities)
      t.log(`${most.toExponential(1)} apart`)
      t.true(most <= 1e-5)
      const same = sha256(model)
      t.is(sha256(await converted(path.join(folder, 'legacy.pth'), architecture)), same)
      const timm = path.join(folder, 'timm.safetensors')
      t.is(existsSync(timm), /^(resne|wide|dense|mobilenet_v2)/.test(architecture))
      if (!existsSync(timm)) return
      t.is(sha256(await converted(timm, architecture, false)), same)
      // by itself the converter does as timm does, which for DenseNet is another thing
      const asTimm = await converted(timm, architecture)
      if (withRelu) t.true((await apart(asTimm, pixels, withRelu)) <= 1e-5)
      else t.is(sha256(asTimm), same)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}
