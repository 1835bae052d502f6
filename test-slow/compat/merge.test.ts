/** Maps of `compat: tiatoolbox` beside those of TIAToolbox's own `merge_predictions`: every pixel the same class, ties and near-ties too. */

import { existsSync } from 'node:fs'
import test from 'ava'
import { resolveOn } from '../../src/core/resolve.js'
import { boxAsTiatoolbox, labelsOf, Merge } from '../../src/geometry/merge.js'
import { openSlide } from '../../src/readers/open.js'
import { sharedPath } from '../../test/shared-data.js'
import { ask, peerPython } from '../peers.js'

interface Case {
  readonly resolution: number
  readonly at: number
  readonly coordinates: readonly (readonly [number, number, number, number])[]
  readonly probabilities: readonly (readonly number[])[]
  readonly labels: readonly (readonly number[])[]
  readonly raw: readonly number[]
}

const title = 'merged maps are those of TIAToolbox, pixel for pixel'
const cmu = sharedPath('wsi/aperio/CMU-1-Small-Region.svs')

if (!existsSync(cmu)) {
  console.warn(`SKIPPED (absent: CMU-1-Small-Region.svs): ${title}`)
  test.skip(title, (t) => t.pass())
} else {
  test(title, async (t) => {
    t.timeout(600_000)
    const cases = (await ask(await peerPython(), 'test-slow/compat/merge_predictions.py', [cmu])) as Case[]
    t.is(cases.length, 5)
    const slide = await openSlide(cmu)
    t.teardown(() => slide.close())
    for (const { resolution, at, coordinates, probabilities, labels, raw } of cases) {
      const canvas = resolveOn(slide.info, { value: at, units: 'mpp' })
      const source = resolveOn(slide.info, { value: resolution, units: 'mpp' })
      const merge = new Merge(canvas, probabilities[0]!.length, 'tiatoolbox')
      const rows: number[][] = []
      const means: number[] = []
      let ties = 0
      const take = (runs: Iterable<Parameters<typeof labelsOf>[0]>) => {
        for (const run of runs) {
          const row = [...labelsOf(run, new Uint8Array(canvas.width))]
          for (let i = 0; i < run.rows; i++) {
            rows.push(row)
            for (const mean of run.means) means.push(mean)
          }
        }
      }
      for (const [i, bounds] of coordinates.entries()) take(merge.add(boxAsTiatoolbox(bounds, canvas, source), probabilities[i]!))
      take(merge.end())
      t.is(means.length, raw.length)
      const classes = probabilities[0]!.length
      let [apart, other] = [0, 0]
      for (let x = 0; x < raw.length; x += classes) {
        const best = raw.slice(x, x + classes).sort((a, b) => b - a)
        if (best[0]! > 0 && best[0]! - best[1]! < 1e-7) ties++
        for (let c = 0; c < classes; c++) apart = Math.max(apart, Math.abs(raw[x + c]! - means[x + c]!))
      }
      for (const [y, row] of labels.entries()) for (const [x, label] of row.entries()) if (rows[y]?.[x] !== label) other++
      t.is(rows.length, labels.length)
      t.is(other, 0, `${other} pixels of another class, ${resolution} on ${at} mpp`)
      t.is(apart, 0)
      t.log(`${resolution} on ${at} mpp: ${canvas.width * canvas.height} pixels are the same, ${ties} of them ties or nearly so`)
    }
  })
}
