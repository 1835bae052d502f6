/**
 * GoogLeNet (Szegedy 2014), torchvision's form without the auxiliary heads: BatchNorm everywhere (ε 1e-3), 3 × 3 where the
 * paper has 5 × 5, and pools whose sizes round up. Names are those of `children()[:-3]`.
 */

import type { Maps, Net } from '../net.js'
import type { Architecture } from './architecture.js'

type Inception = readonly [one: number, narrow3: number, three: number, narrow5: number, five: number, pooled: number]

/** Blocks by index; a number is a max-pool with that kernel. */
const sequence: readonly (readonly [index: number, Inception | 2 | 3])[] = [
  [5, [64, 96, 128, 16, 32, 32]],
  [6, [128, 128, 192, 32, 96, 64]],
  [7, 3],
  [8, [192, 96, 208, 16, 48, 64]],
  [9, [160, 112, 224, 24, 64, 64]],
  [10, [128, 128, 256, 24, 64, 64]],
  [11, [112, 144, 288, 32, 64, 64]],
  [12, [256, 160, 320, 32, 128, 128]],
  [13, 2],
  [14, [256, 160, 320, 32, 128, 128]],
  [15, [384, 192, 384, 48, 128, 128]],
]

const convolve = (net: Net, x: Maps, key: string, out: number, kernel: number, stride = 1): Maps =>
  net.relu(net.convNorm(x, `${key}.conv`, `${key}.bn`, { out, kernel, stride, padding: (kernel - 1) / 2 }, 1e-3))

const shrink = (net: Net, x: Maps, key: string, kernel: number): Maps => net.maxPool(x, key, { kernel, stride: 2, ceil: true })

function inception(net: Net, x: Maps, key: string, [one, narrow3, three, narrow5, five, pooled]: Inception): Maps {
  const a = convolve(net, x, `${key}.branch1`, one, 1)
  const b = convolve(net, convolve(net, x, `${key}.branch2.0`, narrow3, 1), `${key}.branch2.1`, three, 3)
  const c = convolve(net, convolve(net, x, `${key}.branch3.0`, narrow5, 1), `${key}.branch3.1`, five, 3)
  const widened = net.maxPool(x, `${key}.branch4.0`, { kernel: 3, stride: 1, padding: 1, ceil: true })
  return net.concat([a, b, c, convolve(net, widened, `${key}.branch4.1`, pooled, 1)], key)
}

export const googlenet: Architecture = {
  name: 'googlenet',
  features: 1024,
  layers(net, image) {
    let x = convolve(net, image, 'feat_extract.0', 64, 7, 2)
    x = shrink(net, x, 'feat_extract.1', 3)
    x = convolve(net, x, 'feat_extract.2', 64, 1)
    x = convolve(net, x, 'feat_extract.3', 192, 3)
    x = shrink(net, x, 'feat_extract.4', 3)
    for (const [index, block] of sequence) {
      const key = `feat_extract.${index}`
      x = typeof block === 'number' ? shrink(net, x, key, block) : inception(net, x, key, block)
    }
    return x
  },
}
