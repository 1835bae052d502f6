/** Networks of formula weights, held against what PyTorch answers for the same weights. */

import { readFile } from 'node:fs/promises'
import test from 'ava'
import ort from 'onnxruntime-node'
import { packageRoot } from '../../../src/core/package-root.js'
import { architectures } from '../../../src/workshop/convert/architectures/registry.js'
import { tensorsOf } from '../../../src/workshop/convert/expected.js'
import type { StateDict } from '../../../src/workshop/convert/tensors.js'
import { toOnnx } from '../../../src/workshop/convert/to-onnx.js'
import { picture } from '../../formula.js'
import { formulaWeights } from '../../formula-weights.js'

// made by PyTorch: test/golden/architectures/make.py
interface Golden {
  height: number
  width: number
  gain: number
  head: number
  tensors: number
  logits: number[][]
  probabilities: number[][]
}
const goldenOf = async (name: string) =>
  JSON.parse(await readFile(`${packageRoot}test/golden/architectures/${name}.json`, 'utf8')) as Golden

/** Two that are asked with the fast tests. */
export const smallest = ['resnet18', 'mobilenet_v3_small']

/** Of each family one, or two; the wider and deeper ones are the same code with larger numbers and half a gigabyte of weights. */
export const families = [
  'alexnet',
  'resnet18',
  'resnet50',
  'resnext50_32x4d',
  'densenet121',
  'mobilenet_v2',
  'mobilenet_v3_large',
  'mobilenet_v3_small',
  'googlenet',
]

/** A test for each, one after the other: the largest has half a gigabyte of weights. */
export function testAnswers(names: readonly string[]): void {
  for (const name of names) {
    test.serial(`${name} gives the probabilities that PyTorch gives`, async (t) => {
      const golden = await goldenOf(name)
      const tensors = formulaWeights(tensorsOf(architectures[name]!, 9), golden)
      t.is(tensors.size, golden.tensors)
      const weights: StateDict = { subject: name, format: 'formula', tensors, settings: new Map(), close: async () => {} }
      const { bytes } = await toOnnx(weights, { name, architecture: name, classes: 9, logits: true })
      const quiet = { session: { intra_op: { allow_spinning: '0' } } }
      const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 2, extra: quiet })
      const { height, width } = golden
      const pixels = Buffer.concat([picture('first', height, width), picture('second', height, width, [150, 80, 120], [255, 200, 220])])
      const answer = await session.run({ image: new ort.Tensor('uint8', new Uint8Array(pixels), [2, height, width, 3]) })
      await session.release()
      const apart = (output: string, expected: number[][]) =>
        Math.max(...expected.flat().map((value, i) => Math.abs(value - (answer[output]!.data as Float32Array)[i]!)))
      const probabilities = apart('probabilities', golden.probabilities)
      t.log(`probabilities ${probabilities.toExponential(1)} apart, logits ${apart('logits', golden.logits).toExponential(1)}`)
      t.true(probabilities <= 1e-5)
      t.true(apart('logits', golden.logits) <= 1e-4)
    })
  }
}
