/** AlexNet's convolutions (Krizhevsky 2014, torchvision's `.features`): no 6 × 6 pooling and no hidden layers behind them. */

import type { Architecture } from './architecture.js'

/** Index in the sequence, channels out, kernel, stride, padding; `pool` after its ReLU. */
const layers = [
  { index: 0, out: 64, kernel: 11, stride: 4, padding: 2, pool: 2 },
  { index: 3, out: 192, kernel: 5, stride: 1, padding: 2, pool: 5 },
  { index: 6, out: 384, kernel: 3, stride: 1, padding: 1, pool: null },
  { index: 8, out: 256, kernel: 3, stride: 1, padding: 1, pool: null },
  { index: 10, out: 256, kernel: 3, stride: 1, padding: 1, pool: 12 },
] as const

export const alexnet: Architecture = {
  name: 'alexnet',
  features: 256,
  layers(net, image) {
    let x = image
    for (const { index, pool, ...convolution } of layers) {
      x = net.relu(net.conv(x, `feat_extract.${index}`, { ...convolution, bias: true }))
      if (pool !== null) x = net.maxPool(x, `feat_extract.${pool}`, { kernel: 3, stride: 2 })
    }
    return x
  },
}
