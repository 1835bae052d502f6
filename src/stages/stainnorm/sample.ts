/** Some pixels of a slide, by which its stains are told: the same ones in every lane. */

import { resolveOn } from '../../core/resolve.js'
import type { ReadRequest, Slide } from '../../core/slide.js'
import type { Resolution } from '../../geometry/resolution.js'

/** Windows a side, and pixels a side of each: 2.4 million pixels, of which as many tiles are decoded as there are windows, and some more. */
const [most, side] = [12, 128]

export const sampleBytes = (most * side) ** 2 * 3

/** RGB bytes of windows laid evenly over the slide, at the resolution of its patches. What cannot be read is left out. */
export async function sampleOf(slide: Slide, at: Resolution, signal: AbortSignal): Promise<Uint8Array> {
  const requests = windowsOn(slide, at)
  const pixels = requests.map(({ width, height }) => new Uint8Array(width * height * 3))
  const errors = await slide.read(requests, pixels, { signal })
  return Buffer.concat(pixels.filter((_, i) => !errors[i]))
}

function windowsOn({ info }: Slide, at: Resolution): ReadRequest[] {
  const { scale, level, width, height } = resolveOn(info, at)
  const [columns, rows] = [along(width), along(height)]
  return rows.flatMap((y) =>
    columns.map((x) => ({
      region: { x: x.from / scale.x, y: y.from / scale.y, width: x.length / scale.x, height: y.length / scale.y },
      width: x.length,
      height: y.length,
      level,
    })),
  )
}

/** Where windows begin along an edge of so many pixels, each in the middle of its share. */
function along(length: number): readonly { readonly from: number; readonly length: number }[] {
  const own = Math.min(side, Math.floor(length))
  const count = Math.min(most, Math.floor(length / side)) || 1
  return Array.from({ length: count }, (_, i) => ({ from: Math.floor(((i + 0.5) * length) / count - own / 2), length: own }))
}
