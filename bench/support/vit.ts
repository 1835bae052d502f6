/** A vision transformer with random weights, written node by node: ViT-S/16 unless told otherwise, its class token as a vector. */

import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { newGraph, type Value } from '../../src/models/onnx/graph.js'
import { dataPath } from './folders.js'
import { normals } from './normals.js'

const side = 224
const patch = 16

export function visionTransformer({ width = 384, heads = 6, depth = 12 } = {}): Uint8Array {
  const graph = newGraph('vit')
  let seed = 0
  const weights = (name: string, shape: readonly number[], scale: number): Value =>
    graph.constant(
      name,
      normals(
        shape.reduce((a, b) => a * b, 1),
        scale,
        seed++,
      ),
      shape,
    )
  const ints = (name: string, ...values: number[]) => graph.constant(name, BigInt64Array.from(values, BigInt))
  const count = (side / patch) ** 2
  const linear = (name: string, x: Value, from: number, to: number): Value => {
    const product = graph.node('MatMul', `${name} product`, [x, weights(`${name} weight`, [from, to], 1 / Math.sqrt(from))])
    return graph.node('Add', name, [product, weights(`${name} bias`, [to], 0.01)])
  }
  const norm = (name: string, x: Value): Value =>
    graph.node(
      'LayerNormalization',
      name,
      [x, graph.constant(`${name} scale`, new Float32Array(width).fill(1)), weights(`${name} shift`, [width], 0.01)],
      {
        axis: -1,
        epsilon: { float: 1e-6 },
      },
    )
  const x = graph.input('x', 'float32', ['N', 3, side, side])
  const kernel = weights('kernel', [width, 3, patch, patch], 1 / Math.sqrt(3 * patch * patch))
  const planes = graph.node('Conv', 'patches', [x, kernel], { strides: [patch, patch] })
  const rows = graph.node('Reshape', 'rows', [planes, ints('as rows', 0, width, count)])
  let tokens = graph.node('Transpose', 'tokens', [rows], { perm: [0, 2, 1] })
  // The class token is the mean of the others, with a bias of its own: no size has to be worked out.
  const first = graph.node('ReduceMean', 'first', [tokens], { axes: [1], keepdims: 1 })
  tokens = graph.node('Concat', 'all', [graph.node('Add', 'class', [first, weights('class bias', [1, 1, width], 1)]), tokens], { axis: 1 })
  tokens = graph.node('Add', 'placed', [tokens, weights('positions', [1, count + 1, width], 0.2)])
  const split = ints('split', 0, count + 1, heads, width / heads)
  const joined = ints('joined', 0, count + 1, width)
  const root = graph.constant('root', new Float32Array([Math.sqrt(width / heads)]), [])
  const [half, one, two] = [0.5, 1, Math.SQRT2].map((value, i) => graph.constant(`gelu ${i}`, new Float32Array([value]), []))
  for (let n = 0; n < depth; n++) {
    const seen = norm(`norm1 ${n}`, tokens)
    const head = (name: string, perm: readonly number[]) =>
      graph.node(
        'Transpose',
        `${name} ${n} heads`,
        [graph.node('Reshape', `${name} ${n} split`, [linear(`${name} ${n}`, seen, width, width), split])],
        { perm },
      )
    const [q, k, v] = [head('q', [0, 2, 1, 3]), head('k', [0, 2, 3, 1]), head('v', [0, 2, 1, 3])]
    const scores = graph.node('Div', `scores ${n}`, [graph.node('MatMul', `qk ${n}`, [q, k]), root])
    const mixed = graph.node('MatMul', `mixed ${n}`, [graph.node('Softmax', `weights ${n}`, [scores], { axis: -1 }), v])
    const back = graph.node('Reshape', `back ${n}`, [graph.node('Transpose', `mixed ${n} rows`, [mixed], { perm: [0, 2, 1, 3] }), joined])
    tokens = graph.node('Add', `sum1 ${n}`, [tokens, linear(`out ${n}`, back, width, width)])
    const up = linear(`up ${n}`, norm(`norm2 ${n}`, tokens), width, 4 * width)
    const erf = graph.node('Add', `erf1 ${n}`, [graph.node('Erf', `erf ${n}`, [graph.node('Div', `scaled ${n}`, [up, two!])]), one!])
    const gelu = graph.node('Mul', `gelu ${n} half`, [graph.node('Mul', `gelu ${n} whole`, [up, erf]), half!])
    tokens = graph.node('Add', `sum2 ${n}`, [tokens, linear(`down ${n}`, gelu, 4 * width, width)])
  }
  const last = graph.node('Gather', 'vector', [norm('norm', tokens), graph.constant('zero', new BigInt64Array([0n]), [])], { axis: 1 })
  graph.output(last, 'float32', ['N', width])
  return graph.bytes()
}

export const vitCard = (name: string): string => `name: ${name}
inputs: [{ size: ${side} px, at: 0.5 mpp, scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }]
outputs: [{ kind: features }]
`

/** Its folder, made once. */
export function vitFolder(): string {
  const card = dataPath('models', 'vit_s-fp32', 'model.yml')
  if (existsSync(card)) return path.dirname(card)
  writeFileSync(path.join(path.dirname(card), 'model.onnx'), visionTransformer())
  writeFileSync(card, vitCard('vit_s'))
  return path.dirname(card)
}
