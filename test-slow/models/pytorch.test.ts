/**
 * Networks in their real size against PyTorch: made there with random weights, saved, read here, and asked about the same pictures. One of each
 * family, about small pictures; all of them in `npm run test:long`, about pictures of their size.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import test from 'ava'
import ort from 'onnxruntime-node'
import sharp from 'sharp'
import { packageRoot } from '../../src/core/package-root.js'
import { architectures } from '../../src/workshop/convert/architectures/registry.js'
import { openStateDict } from '../../src/workshop/convert/state-dict.js'
import { toOnnx } from '../../src/workshop/convert/to-onnx.js'
import { picture } from '../../test/formula.js'
import { sharedPath } from '../../test/shared-data.js'
import { families } from '../../test/workshop/convert/pytorch-answers.js'
import { long } from '../long.js'

/** Debian's python3-torch and python3-torchvision belong to the system's Python. */
const python = '/usr/bin/python3'
/** 100 is a number that halving leaves odd: how a pool rounds matters. */
const size = long ? 224 : 100

const hasTorch = (() => {
  try {
    // Looked for, not loaded: to load it takes seconds.
    execFileSync(python, ['-c', 'from importlib.util import find_spec; exit(not (find_spec("torch") and find_spec("torchvision")))'], {
      stdio: 'ignore',
    })
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

/** Slower ones of a family that is here anyway. */
const deeper = ['resnext50_32x4d', 'mobilenet_v3_large']
const asked = long ? Object.keys(architectures) : families.filter((name) => !deeper.includes(name))

/** PyTorch, asked about one network after another: it takes seconds to load. */
class PyTorch {
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>
  readonly #lines: Interface

  constructor(folder: string, raw: string) {
    const script = `${packageRoot}test-slow/models/pytorch.py`
    this.#child = spawn(python, [script, folder, raw, String(size), String(size)], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout! })
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  async answer(architecture: string): Promise<{ readonly probabilities: number[][]; readonly withRelu?: number[][] }> {
    this.#child.stdin!.write(`${architecture}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`PyTorch ended before it had said anything of ${architecture}`)
    return JSON.parse(value)
  }

  end(): void {
    this.#lines.close()
    this.#child.kill()
  }
}

let root: string
let pixels: Buffer
let torch: PyTorch

test.before(async () => {
  if (!hasTorch) return
  root = await mkdtemp(path.join(os.tmpdir(), 'tiastream-pytorch-'))
  pixels = await pictures()
  await writeFile(path.join(root, 'pictures.raw'), pixels)
  torch = new PyTorch(root, path.join(root, 'pictures.raw'))
})

test.after.always(async () => {
  torch?.end()
  if (root) await rm(root, { recursive: true, force: true })
})

for (const architecture of asked) {
  const run = hasTorch ? test.serial : test.serial.skip
  if (!hasTorch) console.warn(`SKIPPED (no PyTorch: apt-get install python3-torch python3-torchvision): ${architecture}`)
  run(`${architecture}: PyTorch's file, zip and legacy and with timm's names, gives PyTorch's probabilities`, async (t) => {
    t.timeout(1_200_000)
    const { probabilities, withRelu } = await torch.answer(architecture)
    const folder = path.join(root, architecture)
    const model = await converted(path.join(folder, 'zip.pth'), architecture)
    const most = await apart(model, pixels, probabilities)
    t.log(`${most.toExponential(1)} apart`)
    t.true(most <= 1e-5)
    const same = sha256(model)
    t.is(sha256(await converted(path.join(folder, 'legacy.pth'), architecture)), same)
    const timm = path.join(folder, 'timm.safetensors')
    t.is(existsSync(timm), /^(resne|wide|dense|mobilenet_v2)/.test(architecture))
    if (existsSync(timm)) {
      t.is(sha256(await converted(timm, architecture, false)), same)
      // by itself the converter does as timm does, which for DenseNet is another thing
      const asTimm = await converted(timm, architecture)
      if (withRelu) t.true((await apart(asTimm, pixels, withRelu)) <= 1e-5)
      else t.is(sha256(asTimm), same)
    }
    await rm(folder, { recursive: true })
  })
}
