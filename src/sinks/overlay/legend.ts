/** The panel below an overlay: what is shown, the colours of the classes or of the probabilities, and a scale bar. */

import type { ModelClass } from '../../core/model.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import { threeDigits } from '../../geometry/round.js'
import { areaText, shareText } from '../picture/amount-text.js'
import type { Canvas } from '../picture/canvas.js'
import { overGlass, rgbOf, viridis } from '../picture/colors.js'
import { ranked } from '../picture/ranked.js'
import { drawnScaleBar } from '../picture/scale-bar.js'
import { drawnRect, drawnText, faint, ink, line, type Raster, rasterOf } from '../picture/svg.js'
import { fittedText, hasBoxes, textPath } from '../picture/text.js'

export interface LegendContent {
  readonly title: string
  readonly subtitle: string
  /** The classes, or for the probability of one class that one alone. */
  readonly classes: readonly ModelClass[]
  /** Pixels of the picture in the colour of each class, by its place in `classes`; classes without any are left out. Null: not known yet. */
  readonly pixels: ArrayLike<number> | null
  readonly heat: boolean
  /** How much of the colour covers the slide: the legend shows colours as the picture has them over glass. */
  readonly alpha: number
  /** Probabilities below are not drawn. */
  readonly min: number
}

/** Size of a unit in pixels: what is 14 units high reads well beside a picture of this size. */
function unitOf({ width, height }: Canvas): number {
  return Math.min(4, Math.max(1, Math.max(width, height) / 1100))
}

/** How large a pixel is, in the words of the person who looks at it. */
function sizeText({ mpp, at }: Canvas): string {
  if (mpp) return `${threeDigits(mpp.x)} µm a pixel`
  if (at.units === 'baseline') return at.value === 1 ? 'full size' : `${threeDigits(at.value * 100)} % of full size`
  return formatResolution(at)
}

const columns = { width: 264, pad: 24 }

export async function legendOf(content: LegendContent, canvas: Canvas): Promise<Raster> {
  const unit = unitOf(canvas)
  const [width, pad] = [Math.round(columns.width * unit), columns.pad * unit]
  const room = width - 2 * pad
  const parts: string[] = []
  let y = pad + 16 * unit
  parts.push(drawnText(await fittedText(content.title, 18 * unit, 600, room), pad, y, ink))
  for (const words of [content.subtitle, sizeText(canvas)]) {
    y += 20 * unit
    parts.push(drawnText(await fittedText(words, 13 * unit, 400, room), pad, y, faint))
  }
  y += 18 * unit
  parts.push(drawnRect(pad, y, room, Math.max(1, unit), line))
  y += 20 * unit
  const drawn = content.heat ? await heatBar(content, pad, y, room, unit) : await classList(content, canvas, pad, y, room, unit)
  parts.push(...drawn.parts)
  y = drawn.bottom
  if (content.min > 0) {
    y += 20 * unit
    parts.push(drawnText(await fittedText(`below ${shareText(content.min)}: not drawn`, 12 * unit, 400, room), pad, y, faint))
  }
  if (canvas.mpp) {
    y += 48 * unit
    parts.push(...(await drawnScaleBar(canvas.mpp, room, pad, y, unit)))
    y += 8 * unit
  }
  return rasterOf({ width, height: Math.ceil(y + pad) }, parts)
}

/** Of a script that Inter has no letters of (Chinese, Arabic): its number, as in a map, tells it from others that are boxes, too. */
const readable = async (name: string, number: number): Promise<string> => ((await hasBoxes(name)) ? `class ${number} ${name}` : name)

/** Classes that are named, each with its colour; of more, the last line sums up the rarest. */
export const mostNamed = 20

async function classList({ classes, alpha, pixels }: LegendContent, { mpp }: Canvas, x: number, top: number, room: number, unit: number) {
  const [swatch, step] = [16 * unit, 44 * unit]
  const numbered = classes.map((one, i) => ({ ...one, number: i + 1, n: pixels?.[i] ?? 0 }))
  const all = numbered.reduce((sum, { n }) => sum + n, 0)
  // Not known yet: as many lines as there can be.
  const { shown, rest } = ranked(numbered, ({ n }) => (pixels ? n : 1), mostNamed)
  // Pixels of the picture count each place once, however many patches overlap there.
  const amount = (n: number) => [shareText(n / all), ...(mpp ? [areaText((n * mpp.x * mpp.y) / 1e6)] : [])].join(', ')
  const others = { name: `and ${rest.length} others`, number: 0, color: null, n: rest.reduce((sum, { n }) => sum + n, 0) }
  const lines = rest.length > 0 ? [...shown, others] : shown
  const rows = lines.map(async ({ name, number, color, n }, i) => {
    const y = top + i * step
    const label = await fittedText(await readable(name, number), 15 * unit, 400, room - swatch - 10 * unit)
    const said = await fittedText(n > 0 ? amount(n) : '–', 13 * unit, 400, room - swatch - 10 * unit)
    return [
      ...(color === null ? [] : [drawnRect(x, y, swatch, swatch, overGlass(rgbOf(color), alpha), 4 * unit)]),
      drawnText(label, x + swatch + 10 * unit, y + 13.5 * unit, ink),
      drawnText(said, x + swatch + 10 * unit, y + 31 * unit, faint),
    ]
  })
  return { parts: (await Promise.all(rows)).flat(), bottom: top + lines.length * step - 12 * unit }
}

async function heatBar({ classes, alpha }: LegendContent, x: number, top: number, room: number, unit: number) {
  const [wide, tall, steps] = [18 * unit, 180 * unit, 90]
  const name = await fittedText(classes[0]!.name, 15 * unit, 600, room)
  const parts = [drawnText(await textPath('Probability of', 13 * unit), x, top + 8 * unit, faint), drawnText(name, x, top + 28 * unit, ink)]
  const start = top + 46 * unit
  for (let i = 0; i < steps; i++) {
    const height = tall / steps
    parts.push(drawnRect(x, start + i * height, wide, height + 0.6, overGlass(viridis(1 - (i + 0.5) / steps), alpha)))
  }
  for (const share of [1, 0.75, 0.5, 0.25, 0]) {
    const y = start + (1 - share) * tall
    parts.push(drawnRect(x + wide, y - unit / 2, 5 * unit, Math.max(1, unit), ink))
    parts.push(drawnText(await textPath(shareText(share), 13 * unit, 400), x + wide + 11 * unit, y + 4.7 * unit, ink))
  }
  return { parts, bottom: start + tall + 6 * unit }
}
