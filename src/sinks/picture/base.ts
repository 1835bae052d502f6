/**
 * The slide under a picture: its rows at the resolution of the canvas. A picture of ordinary size is read at once, without a
 * seam; a larger one strip by strip from top to bottom, each rounded to whole pixels of the level it is read from.
 */

import { overviewOf } from '../../core/overview.js'
import type { SinkContext } from '../../core/sink.js'
import type { Canvas } from './canvas.js'

/** Pixels of a picture read at once: 48 MiB. */
const whole = 16 * 2 ** 20
/** Rows of a strip, and the width of one picture asked of the reader. */
const tall = 128
const wide = 1024

/** The slide, and who is told of what it lacks. */
export type Shown = Pick<SinkContext, 'slide' | 'signal' | 'unread'>

/** RGB rows, the first of which is row `top` of the canvas. */
export interface Strip {
  readonly top: number
  readonly rows: number
  readonly data: Uint8Array
}

export interface BaseRows {
  /** The strip that holds row `y`; its bytes are used again for the next strip. */
  stripAt(y: number): Promise<Strip>
}

/** Rows must be asked for from top to bottom. What cannot be read is white where somebody is told of it. */
export function baseRows(shown: Shown, canvas: Canvas): BaseRows {
  const { slide, signal, unread } = shown
  const atOnce = canvas.width * canvas.height <= whole
  const empty = new Uint8Array(atOnce ? 0 : Math.min(tall, canvas.height) * canvas.width * 3)
  let strip: Strip = { top: 0, rows: 0, data: empty }
  return {
    async stripAt(y) {
      if (y < strip.top + strip.rows) return strip
      signal.throwIfAborted()
      if (atOnce) {
        strip = { top: 0, rows: canvas.height, data: (await overviewOf(slide, canvas, { signal, unread })).data }
        return strip
      }
      const top = y - (y % tall)
      const rows = Math.min(tall, canvas.height - top)
      await readStrip(shown, canvas, top, rows, empty)
      strip = { top, rows, data: empty }
      return strip
    },
  }
}

async function readStrip({ slide, signal, unread }: Shown, canvas: Canvas, top: number, rows: number, data: Uint8Array): Promise<void> {
  const { scale, width } = canvas
  const lefts = Array.from({ length: Math.ceil(width / wide) }, (_, i) => i * wide)
  const requests = lefts.map((left) => {
    const size = { width: Math.min(wide, width - left), height: rows }
    const region = { x: left / scale.x, y: top / scale.y, width: size.width / scale.x, height: size.height / scale.y }
    return { region, ...size }
  })
  const parts = requests.map((request) => new Uint8Array(request.width * rows * 3))
  const failed = await slide.read(requests, parts, { signal, keepBelow: (top + rows) / scale.y })
  for (const [i, part] of parts.entries()) {
    const why = failed[i]
    if (why) {
      if (unread === undefined) throw why
      unread(requests[i]!.region, why)
      part.fill(255)
    }
    const partRun = requests[i]!.width * 3
    for (let row = 0; row < rows; row++) {
      data.set(part.subarray(row * partRun, (row + 1) * partRun), row * width * 3 + lefts[i]! * 3)
    }
  }
}
