/** The slide itself as a picture: every row of it. */

import { baseRows, type Shown } from './base.js'
import type { Canvas } from './canvas.js'
import type { PictureOut } from './out.js'

export async function writeBase(shown: Shown, canvas: Canvas, out: PictureOut): Promise<void> {
  const base = baseRows(shown, canvas)
  const run = canvas.width * 3
  for (let y = 0; y < canvas.height; ) {
    const strip = await base.stripAt(y)
    for (; y < strip.top + strip.rows; y++) await out.write(strip.data.subarray((y - strip.top) * run, (y - strip.top + 1) * run))
  }
}
