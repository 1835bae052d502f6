/**
 * Real architectures in int8, with weights from a formula: each is quantised by the command line on real patches and keeps its
 * classes. What it gains in speed is printed, not judged. `npm run test:long` asks more networks, and about larger pictures.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { architectures } from '../../src/workshop/convert/architectures/registry.js'
import { tensorsOf } from '../../src/workshop/convert/expected.js'
import { toOnnx } from '../../src/workshop/convert/to-onnx.js'
import { formulaWeights } from '../../test/formula-weights.js'
import { scratch } from '../../test/models/folder.js'
import { sharedTest } from '../../test/shared-data.js'
import { tiastream } from '../../test/support/command-line.js'
import { long } from '../long.js'

const kather = ['BACK', 'NORM', 'DEB', 'TUM', 'ADI', 'MUC', 'MUS', 'STR', 'LYM']

/** Pixels a side: a quarter of the pixels has the same layers. */
const size = long ? 224 : 112

/**
 * How far probabilities may be off on average; measured ones, and speeds, are in docs/int8.md. The larger relatives are asked in `npm run test:long`, and
 * mobilenet_v2, whose kind of network `trained.test.ts` asks with trained weights.
 */
const asked: readonly (readonly [name: string, mean: number])[] = [
  ['resnet18', 0.003],
  ['mobilenet_v3_small', 0.02],
  ...(long
    ? ([
        ['mobilenet_v2', 0.006],
        ['densenet121', 0.02],
        ['resnet50', 0.01],
        ['googlenet', 0.004],
        ['alexnet', 0.004],
      ] as const)
    : []),
]

/** One after another: each takes both cores. */
let turn: Promise<unknown> = Promise.resolve()

for (const [name, mean] of asked) {
  sharedTest(`${name} in int8`, ['patches/kather2016-8class'], (t, patches) => {
    const mine = turn.catch(() => undefined).then(() => measured(t, patches!))
    turn = mine
    return mine
  })

  async function measured(t: ExecutionContext, patches: string) {
    const folder = await scratch(t)
    await mkdir(path.join(folder, 'net'))
    const golden = JSON.parse(await readFile(path.join(packageRoot, `test/golden/architectures/${name}.json`), 'utf8'))
    const tensors = formulaWeights(tensorsOf(architectures[name]!, 9), golden.scales ?? golden)
    const weights = { tensors, subject: name, format: 'formula', close: async () => undefined }
    const { bytes } = await toOnnx(weights as never, { architecture: name, classes: 9, name })
    await writeFile(path.join(folder, 'net/model.onnx'), bytes)
    await writeFile(
      path.join(folder, 'net/model.yml'),
      `name: ${name}\ninputs: [{ size: ${size} px, at: 0.5 mpp }]\noutputs: [{ name: probabilities, kind: classes, in_graph: softmax, classes: [${kather}] }]\n`,
    )
    const made = await tiastream(['models', 'quantize', 'net', '--calibrate', patches, '--patches', '32', '--json'], folder)
    t.is(made.code, 0, made.err)
    const report = JSON.parse(made.out)
    t.log(
      `${name}: ${report.speed.ratio.toFixed(2)} ×, ${report.agreement.same} of ${report.agreement.pictures} same, ${report.agreement.mean.toExponential(1)} off on average, ${report.agreement.most.toFixed(3)} at most, ${(report.bytes.own / report.bytes.parent).toFixed(2)} of the size, ranges from ${report.way}`,
    )
    t.true(report.agreement.mean < mean, `${report.agreement.mean}`)
    t.true(report.agreement.same >= 0.85 * report.agreement.pictures)
    t.true(report.bytes.own < 0.4 * report.bytes.parent)
    t.is(report.coverage.layers, report.coverage.of - 1)
    // How fast it is belongs to the machine and to `bench`; here only that it was measured.
    t.true(report.speed.ratio > 0)
    t.is((await tiastream(['models', 'verify', 'net-int8'], folder)).code, 0)
  }
}

sharedTest('a U-Net in int8: its skips keep their own scale', ['models/tissue-unet/best_unet.onnx', 'tiles'], (t, onnx, tiles) => {
  const mine = turn
    .catch(() => undefined)
    .then(async () => {
      const folder = await scratch(t)
      t.is((await tiastream(['models', 'import', onnx!, '-o', 'unet', '--mask'], folder)).code, 0)
      const made = await tiastream(['models', 'quantize', 'unet', '--calibrate', tiles!, '--patches', '12', '--json'], folder)
      t.is(made.code, 0, made.err)
      const { agreement, coverage } = JSON.parse(made.out)
      t.is(coverage.layers, 19)
      // With one scale for a skip and what it is joined to, shares were 0.3 off.
      t.true(agreement.mean < 0.03, `${agreement.mean}`)
    })
  turn = mine
  return mine
})
