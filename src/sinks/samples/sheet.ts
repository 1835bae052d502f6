/** The sheet: patches side by side, under each its class in the class's colour, and how sure the model is. */

import type { ModelClass } from '../../core/model.js'
import { drawnRect, drawnText, faint, ink, line, type Raster, rasterOf } from '../picture/svg.js'
import { fittedText, textPath } from '../picture/text.js'

export interface Sample {
  /** `size` × `size` RGB; null when the patch cannot be read. */
  readonly pixels: Uint8Array | null
  readonly answer: ModelClass | null
  readonly probability: number | null
}

const gap = 20
const caption = 44

export async function sheetOf(samples: readonly Sample[], size: number): Promise<Raster> {
  const columns = Math.max(1, Math.ceil(Math.sqrt(samples.length)))
  const rows = Math.max(1, Math.ceil(samples.length / columns))
  const sheet = { width: gap + columns * (size + gap), height: gap + rows * (size + caption + gap) - gap / 2 }
  const place = (i: number) => ({ x: gap + (i % columns) * (size + gap), y: gap + Math.floor(i / columns) * (size + caption + gap) })
  const parts = await Promise.all(samples.map((sample, i) => captionOf(sample, place(i).x, place(i).y, size)))
  if (samples.length === 0) parts.push([drawnText(await textPath('no patches', 15), gap, gap + 20, faint)])
  const raster = await rasterOf(sheet, parts.flat())
  for (const [i, { pixels }] of samples.entries()) {
    const { x, y } = place(i)
    for (let row = 0; pixels && row < size; row++) {
      raster.data.set(pixels.subarray(row * size * 3, (row + 1) * size * 3), ((y + row) * sheet.width + x) * 3)
    }
  }
  return raster
}

async function captionOf({ pixels, answer, probability }: Sample, x: number, y: number, size: number): Promise<string[]> {
  const base = y + size + 24
  const share = await textPath(probability === null ? '' : `${Math.round(probability * 100)} %`, 14)
  const name = await fittedText(answer?.name ?? 'no answer', 15, 600, Math.max(20, size - 24 - share.width - 10))
  return [
    ...(pixels ? [] : [drawnRect(x, y, size, size, line), drawnText(await textPath('cannot be read', 14), x + 12, y + 26, faint)]),
    drawnRect(x, base - 12.5, 14, 14, answer?.color ?? line, 4),
    drawnText(name, x + 22, base, ink),
    drawnText(share, x + size - share.width, base, faint),
  ]
}
