/** How large pictures may be that a model is given at once: every lane holds them several times over, as bytes and as floats. */

import { threeDigits } from '../../geometry/round.js'

/** 8192 × 8192. */
const mostPixels = 2 ** 26

/** What is wrong with a size, or null. `batch`: pictures that the graph takes at once; null: any number. */
export function roomProblem(width: number, height: number, batch: number | null): string | null {
  const pixels = width * height * (batch ?? 1)
  if (pixels <= mostPixels) return null
  const each = `${width} × ${height} px`
  const what = (batch ?? 1) === 1 ? `${each} are` : `${batch} pictures of ${each} at once are`
  const mega = (count: number) => threeDigits(count / 1e6)
  return `${what} ${mega(pixels)} megapixels, a model is given ${mega(mostPixels)} at most: a patch is a few hundred px wide`
}
