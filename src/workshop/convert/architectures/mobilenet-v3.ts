/**
 * MobileNetV3 (Howard 2019), torchvision's `.features`: as V2, with squeeze-and-excitation in some blocks and hard swish in the
 * later ones. The hidden layer of its classifier is not part of it. BatchNorm's ε is 1e-3.
 */

import type { Maps, Net } from '../net.js'
import type { Architecture } from './architecture.js'

type Row = readonly [kernel: number, wide: number, out: number, squeeze: boolean, activation: 'relu' | 'hardSwish', stride: number]

const large: readonly Row[] = [
  [3, 16, 16, false, 'relu', 1],
  [3, 64, 24, false, 'relu', 2],
  [3, 72, 24, false, 'relu', 1],
  [5, 72, 40, true, 'relu', 2],
  [5, 120, 40, true, 'relu', 1],
  [5, 120, 40, true, 'relu', 1],
  [3, 240, 80, false, 'hardSwish', 2],
  [3, 200, 80, false, 'hardSwish', 1],
  [3, 184, 80, false, 'hardSwish', 1],
  [3, 184, 80, false, 'hardSwish', 1],
  [3, 480, 112, true, 'hardSwish', 1],
  [3, 672, 112, true, 'hardSwish', 1],
  [5, 672, 160, true, 'hardSwish', 2],
  [5, 960, 160, true, 'hardSwish', 1],
  [5, 960, 160, true, 'hardSwish', 1],
]

const small: readonly Row[] = [
  [3, 16, 16, true, 'relu', 2],
  [3, 72, 24, false, 'relu', 2],
  [3, 88, 24, false, 'relu', 1],
  [5, 96, 40, true, 'hardSwish', 2],
  [5, 240, 40, true, 'hardSwish', 1],
  [5, 240, 40, true, 'hardSwish', 1],
  [5, 120, 48, true, 'hardSwish', 1],
  [5, 144, 48, true, 'hardSwish', 1],
  [5, 288, 96, true, 'hardSwish', 2],
  [5, 576, 96, true, 'hardSwish', 1],
  [5, 576, 96, true, 'hardSwish', 1],
]

const epsilon = 1e-3

function mobilenetV3(name: string, rows: readonly Row[], features: number): Architecture {
  return {
    name,
    features,
    layers(net, image) {
      let x = net.hardSwish(
        net.convNorm(image, 'feat_extract.0.0', 'feat_extract.0.1', { out: 16, kernel: 3, stride: 2, padding: 1 }, epsilon),
      )
      rows.forEach((row, i) => {
        x = blockOf(net, x, `feat_extract.${i + 1}`, row)
      })
      const last = `feat_extract.${rows.length + 1}`
      return net.hardSwish(net.convNorm(x, `${last}.0`, `${last}.1`, { out: features, kernel: 1 }, epsilon))
    },
  }
}

function blockOf(net: Net, x: Maps, key: string, [kernel, wide, out, squeeze, activation, stride]: Row): Maps {
  let step = 0
  const next = () => `${key}.block.${step++}`
  let y = x
  if (wide !== x.channels) {
    const expand = next()
    y = net[activation](net.convNorm(y, `${expand}.0`, `${expand}.1`, { out: wide, kernel: 1 }, epsilon))
  }
  const filter = next()
  const padding = (kernel - 1) / 2
  y = net[activation](net.convNorm(y, `${filter}.0`, `${filter}.1`, { out: wide, kernel, stride, padding, groups: wide }, epsilon))
  if (squeeze) y = excite(net, y, next())
  const project = next()
  y = net.convNorm(y, `${project}.0`, `${project}.1`, { out, kernel: 1 }, epsilon)
  return stride === 1 && x.channels === out ? net.add(x, y, key) : y
}

/** Squeeze-and-excitation: each map is weighed by what the means of all maps say. */
function excite(net: Net, x: Maps, key: string): Maps {
  const mean = net.globalPool(x, `${key}.mean`)
  const squeezed = net.relu(net.conv(mean, `${key}.fc1`, { out: divisibleByEight(x.channels / 4), kernel: 1, bias: true }))
  const weight = net.hardSigmoid(net.conv(squeezed, `${key}.fc2`, { out: x.channels, kernel: 1, bias: true }))
  return net.multiply(x, weight)
}

/** The nearest multiple of 8, but not more than 10 % below. */
function divisibleByEight(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8)
  return nearest < 0.9 * channels ? nearest + 8 : nearest
}

export const mobilenetsV3: readonly Architecture[] = [
  mobilenetV3('mobilenet_v3_large', large, 960),
  mobilenetV3('mobilenet_v3_small', small, 576),
]
