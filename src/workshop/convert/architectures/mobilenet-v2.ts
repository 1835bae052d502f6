/** MobileNetV2 (Sandler 2018), torchvision's `.features`: expand, filter each map by itself, project; ReLU6, none after projecting. */

import type { Architecture } from './architecture.js'

/** Expansion, channels out, blocks, stride of the first. */
const rows = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

export const mobilenetV2: Architecture = {
  name: 'mobilenet_v2',
  features: 1280,
  layers(net, image) {
    let x = net.relu6(net.convNorm(image, 'feat_extract.0.0', 'feat_extract.0.1', { out: 32, kernel: 3, stride: 2, padding: 1 }))
    let index = 1
    for (const [expansion, out, count, first] of rows) {
      for (let block = 0; block < count; block++, index++) {
        const key = `feat_extract.${index}.conv`
        const stride = block === 0 ? first : 1
        const wide = x.channels * expansion
        let y = x
        let step = 0
        if (expansion !== 1) {
          y = net.relu6(net.convNorm(y, `${key}.0.0`, `${key}.0.1`, { out: wide, kernel: 1 }))
          step = 1
        }
        y = net.relu6(net.convNorm(y, `${key}.${step}.0`, `${key}.${step}.1`, { out: wide, kernel: 3, stride, padding: 1, groups: wide }))
        y = net.convNorm(y, `${key}.${step + 1}`, `${key}.${step + 2}`, { out, kernel: 1 })
        x = stride === 1 && x.channels === out ? net.add(x, y, `feat_extract.${index}`) : y
      }
    }
    return net.relu6(net.convNorm(x, 'feat_extract.18.0', 'feat_extract.18.1', { out: 1280, kernel: 1 }))
  },
}
