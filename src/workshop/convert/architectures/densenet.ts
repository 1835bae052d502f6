/**
 * DenseNet (Huang 2016): every layer sees the maps of all layers before it. Norm and ReLU come before the convolution, so the
 * first norm of a layer cannot be folded; the second one can.
 *
 * TIAToolbox pools straight after the last norm; torchvision and timm put a ReLU between. `finalRelu` says which.
 */

import type { Maps } from '../net.js'
import type { Architecture } from './architecture.js'

function densenet(name: string, growth: number, blocks: readonly number[], initial: number): Architecture {
  const channels = blocks.reduce((sum, layers, b) => (b === 0 ? sum : Math.floor(sum / 2)) + layers * growth, initial)
  return {
    name,
    features: channels,
    layers(net, image, { finalRelu }) {
      let x = net.convNorm(image, 'feat_extract.conv0', 'feat_extract.norm0', { out: initial, kernel: 7, stride: 2, padding: 3 })
      x = net.maxPool(net.relu(x), 'feat_extract.pool0', { kernel: 3, stride: 2, padding: 1 })
      blocks.forEach((layers, b) => {
        const block = `feat_extract.denseblock${b + 1}`
        const seen: Maps[] = [x]
        for (let l = 1; l <= layers; l++) {
          const key = `${block}.denselayer${l}`
          const all = l === 1 ? x : net.concat(seen, `${key}.seen`)
          const before = net.relu(net.norm(all, `${key}.norm1`))
          const narrow = net.relu(net.convNorm(before, `${key}.conv1`, `${key}.norm2`, { out: 4 * growth, kernel: 1 }))
          seen.push(net.conv(narrow, `${key}.conv2`, { out: growth, kernel: 3, padding: 1 }))
        }
        x = net.concat(seen, block)
        if (b === blocks.length - 1) return
        const key = `feat_extract.transition${b + 1}`
        const half = net.conv(net.relu(net.norm(x, `${key}.norm`)), `${key}.conv`, { out: Math.floor(x.channels / 2), kernel: 1 })
        x = net.averagePool(half, `${key}.pool`, { kernel: 2, stride: 2 })
      })
      x = net.norm(x, 'feat_extract.norm5')
      return finalRelu ? net.relu(x) : x
    },
  }
}

export const densenets: readonly Architecture[] = [
  densenet('densenet121', 32, [6, 12, 24, 16], 64),
  densenet('densenet161', 48, [6, 12, 36, 24], 96),
  densenet('densenet169', 32, [6, 12, 32, 32], 64),
  densenet('densenet201', 32, [6, 12, 48, 32], 64),
]
