/**
 * ResNet, ResNeXt and Wide ResNet without their head (He 2015, Xie 2016, Zagoruyko 2016), in torchvision's form: the stride of a
 * bottleneck is on its 3 × 3 convolution. Names are those of `children()[:-2]`: 0 conv, 1 norm, 4 to 7 the four layers.
 */

import type { Maps, Net } from '../net.js'
import type { Architecture } from './architecture.js'

interface Shape {
  readonly blocks: readonly [number, number, number, number]
  readonly bottleneck: boolean
  readonly groups?: number
  /** Width of a group in the first layer, out of 64. */
  readonly base?: number
}

const planes = [64, 128, 256, 512] as const

function resnet(name: string, { blocks, bottleneck, groups = 1, base = 64 }: Shape): Architecture {
  return {
    name,
    features: bottleneck ? 2048 : 512,
    layers(net, image) {
      let x = net.convNorm(image, 'feat_extract.0', 'feat_extract.1', { out: 64, kernel: 7, stride: 2, padding: 3 })
      x = net.maxPool(net.relu(x), 'feat_extract.3', { kernel: 3, stride: 2, padding: 1 })
      blocks.forEach((count, layer) => {
        const wide = planes[layer]!
        for (let block = 0; block < count; block++) {
          const key = `feat_extract.${layer + 4}.${block}`
          const stride = layer > 0 && block === 0 ? 2 : 1
          const out = bottleneck ? wide * 4 : wide
          const inner = bottleneck ? Math.floor((wide * base) / 64) * groups : wide
          const y = bottleneck ? bottleneckOf(net, x, key, { inner, out, stride, groups }) : basicOf(net, x, key, out, stride)
          const shortcut =
            stride !== 1 || x.channels !== out
              ? net.convNorm(x, `${key}.downsample.0`, `${key}.downsample.1`, { out, kernel: 1, stride })
              : x
          x = net.relu(net.add(y, shortcut, key))
        }
      })
      return x
    },
  }
}

function basicOf(net: Net, x: Maps, key: string, out: number, stride: number): Maps {
  const y = net.relu(net.convNorm(x, `${key}.conv1`, `${key}.bn1`, { out, kernel: 3, stride, padding: 1 }))
  return net.convNorm(y, `${key}.conv2`, `${key}.bn2`, { out, kernel: 3, padding: 1 })
}

interface Bottleneck {
  readonly inner: number
  readonly out: number
  readonly stride: number
  readonly groups: number
}

function bottleneckOf(net: Net, x: Maps, key: string, { inner, out, stride, groups }: Bottleneck): Maps {
  const narrow = net.relu(net.convNorm(x, `${key}.conv1`, `${key}.bn1`, { out: inner, kernel: 1 }))
  const y = net.relu(net.convNorm(narrow, `${key}.conv2`, `${key}.bn2`, { out: inner, kernel: 3, stride, padding: 1, groups }))
  return net.convNorm(y, `${key}.conv3`, `${key}.bn3`, { out, kernel: 1 })
}

export const resnets: readonly Architecture[] = [
  resnet('resnet18', { blocks: [2, 2, 2, 2], bottleneck: false }),
  resnet('resnet34', { blocks: [3, 4, 6, 3], bottleneck: false }),
  resnet('resnet50', { blocks: [3, 4, 6, 3], bottleneck: true }),
  resnet('resnet101', { blocks: [3, 4, 23, 3], bottleneck: true }),
  resnet('resnext50_32x4d', { blocks: [3, 4, 6, 3], bottleneck: true, groups: 32, base: 4 }),
  resnet('resnext101_32x8d', { blocks: [3, 4, 23, 3], bottleneck: true, groups: 32, base: 8 }),
  resnet('wide_resnet50_2', { blocks: [3, 4, 6, 3], bottleneck: true, base: 128 }),
  resnet('wide_resnet101_2', { blocks: [3, 4, 23, 3], bottleneck: true, base: 128 }),
]
