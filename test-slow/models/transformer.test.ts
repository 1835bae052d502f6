/** A vision transformer as PyTorch exports it: its tokens pooled as asked are PyTorch's, and in halves and in bytes it keeps its classes. */

import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { packageRoot } from '../../src/core/package-root.js'
import { readCard } from '../../src/models/card/card.js'
import { withAttention } from '../../src/models/onnx/attention/attention.js'
import { decodeModel, encodeModel } from '../../src/models/onnx/schema.js'
import { openModel } from '../../src/models/session/open.js'
import { ask } from '../../src/workshop/own/ask.js'
import { scratch } from '../../test/models/folder.js'
import { sharedTest } from '../../test/shared-data.js'
import { tiastream } from '../../test/support/command-line.js'

/** Debian's python3-torch belongs to the system's Python. */
const python = '/usr/bin/python3'
const size = 224
const files = 'patches/kather2016-8class'

const hasTorch = (() => {
  try {
    // Looked for, not loaded: to load it takes seconds.
    execFileSync(python, ['-c', 'from importlib.util import find_spec; exit(not (find_spec("torch") and find_spec("numpy")))'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
})()

const title = 'a vision transformer exported by PyTorch: pooled, in halves, and in bytes'
if (hasTorch) sharedTest(title, [files], compared)
else {
  console.warn(`SKIPPED (no PyTorch: apt-get install python3-torch): ${title}`)
  test.skip(title, (t) => t.pass())
}

interface Said {
  readonly cls: readonly number[][]
  readonly mean: readonly number[][]
  readonly probabilities: readonly number[][]
}

async function compared(t: ExecutionContext, folderOfPatches?: string): Promise<void> {
  t.timeout(900_000)
  const folder = await scratch(t)
  const names = [
    'image_001_label_0',
    'image_004_label_5',
    'image_008_label_6',
    'image_013_label_2',
    'image_014_label_4',
    'image_002_label_3',
  ]
  const pixels = await Promise.all(
    names.map((name) =>
      sharp(path.join(folderOfPatches!, `${name}.png`))
        .removeAlpha()
        .raw()
        .toBuffer(),
    ),
  )
  await writeFile(path.join(folder, 'pictures.raw'), Buffer.concat(pixels))
  const script = path.join(packageRoot, 'test-slow/models/transformer.py')
  const printed = execFileSync(python, [script, folder, path.join(folder, 'pictures.raw'), String(size)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const said = JSON.parse(printed.toString()) as Said

  const run = async (...args: string[]) => {
    const ended = await tiastream(['models', ...args], folder)
    t.is(ended.code, 0, ended.err)
    return ended.out
  }
  const answers = async (name: string) => {
    const model = await openModel(await readCard(path.join(folder, name)), { devices: ['cpu'] })
    t.teardown(() => model.close())
    const { name: output, width } = model.card.outputs[0]!
    const all = (await ask(model, pixels))[output]!
    return pixels.map((_, i) => [...all.subarray(i * width, (i + 1) * width)])
  }
  const apart = (some: readonly number[][], others: readonly number[][]) =>
    Math.max(...some.flatMap((row, i) => row.map((value, k) => Math.abs(value - others[i]![k]!))))

  const asked = await tiastream(['models', 'import', 'tokens.onnx', '-o', 'asked'], folder)
  t.is(asked.code, 3)
  t.regex(asked.err, /197 tokens of 96 numbers, not one vector a patch/)
  await run('import', 'tokens.onnx', '-o', 'both', '--pool', 'cls+mean')
  const both = said.cls.map((row, i) => [...row, ...said.mean[i]!])
  const off = apart(both, await answers('both'))
  t.log(`pooled: ${off.toExponential(1)} apart`)
  t.true(off < 1e-4)

  await run('import', 'classes.onnx', '-o', 'classes', '--classes', 'a,b,c,d,e', '--activation', 'softmax')
  t.true(apart(said.probabilities, await answers('classes')) < 1e-5)

  // As a device with a kernel for attention is given it: the answers are PyTorch's still.
  const inOneWord = withAttention(decodeModel(await readFile(path.join(folder, 'classes.onnx')), 'classes.onnx'))
  t.is(inOneWord?.count, 3)
  await writeFile(path.join(folder, 'attention.onnx'), encodeModel(inOneWord!.model))
  await run('import', 'attention.onnx', '-o', 'attention', '--classes', 'a,b,c,d,e', '--activation', 'softmax')
  const fused = apart(said.probabilities, await answers('attention'))
  t.log(`attention in one word: ${fused.toExponential(1)} apart`)
  t.true(fused < 1e-5, `${fused}`)

  await run('convert', 'classes', '--fp16')
  const halves = decodeModel(await readFile(path.join(folder, 'classes-fp16/model.onnx')), 'model.onnx')
  t.is(withAttention(halves)?.count, 3)
  const half = apart(said.probabilities, await answers('classes-fp16'))
  t.log(`halves: ${half.toExponential(1)} apart`)
  t.true(half > 0 && half < 0.01, `${half}`)
  const report = JSON.parse(await run('quantize', 'classes', '--calibrate', folderOfPatches!, '--patches', '48', '--json'))
  const bytes = apart(said.probabilities, await answers('classes-int8'))
  t.log(
    `int8: ${bytes.toFixed(3)} apart, ${report.agreement.same} of ${report.agreement.pictures} the same, ${report.speed.ratio.toFixed(2)} × as fast`,
  )
  // Of 20 layers 6 are products of attention and one is the head: 12 linear ones and the convolution are in bytes.
  t.deepEqual([report.coverage.layers, report.coverage.of], [13, 20])
  t.true(bytes < 0.05, `${bytes}`)
  t.true(report.agreement.same >= 0.75 * report.agreement.pictures)
}
