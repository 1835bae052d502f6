/** The resampling loops: how long one patch takes, for the sizes that slides and models ask for most. */

import { type ResampleKind, resize } from '../src/geometry/resample.js'
import type { Asked } from './support/asked.js'
import { alternate, median, timed } from './support/rounds.js'
import { tissueTiles } from './support/slides.js'
import { table } from './support/table.js'

const sizes: readonly { readonly from: number; readonly to: number; readonly kind: ResampleKind; readonly when: string }[] = [
  { from: 225, to: 224, kind: 'area', when: '0.499 to 0.5 um' },
  { from: 222, to: 224, kind: 'cubic', when: '0.504 to 0.5 um' },
  { from: 245, to: 224, kind: 'area', when: '0.457 to 0.5 um' },
  { from: 444, to: 224, kind: 'area', when: '0.2523 to 0.5 um' },
  { from: 445, to: 224, kind: 'area', when: '0.2518 to 0.5 um' },
  { from: 448, to: 224, kind: 'area', when: '0.25 to 0.5 um' },
  { from: 512, to: 224, kind: 'area', when: '0.25 to 0.571 um' },
  { from: 896, to: 224, kind: 'area', when: '0.25 to 1 um' },
]

export default async function resample({ quick }: Asked): Promise<void> {
  const { pixels } = await tissueTiles()
  const patches = quick ? 20 : 100
  const contestants = sizes.map(({ from, to, kind, when }) => {
    const source = Uint8Array.from({ length: from * from * 3 }, (_, i) => pixels[0]![i % pixels[0]!.length]!)
    const out = new Uint8Array(to * to * 3)
    return {
      name: `${from} to ${to}, ${kind} (${when})`,
      run: () =>
        timed(() => {
          for (let i = 0; i < patches; i++) resize(source, { width: from, height: from }, out, { width: to, height: to }, kind)
          return patches
        }),
    }
  })
  const outcomes = await alternate(contestants, quick ? 5 : 21)
  table(
    outcomes.map((o) => ({
      what: o.name,
      'ms a patch': 1000 / o.rate,
      'least ms': 1000 / Math.max(...o.rates),
      'cpu ms': 1000 * median(o.samples.map(({ done, cpu }) => cpu! / done)),
    })),
  )
}
