/** An output folder over the demo slide: real pixels, and rows whose classes are known from arithmetic; one slide failed. */

import path from 'node:path'
import { packageRoot } from '../../src/core/package-root.js'
import type { Row } from '../../src/core/row.js'
import { openSlide } from '../../src/readers/open.js'
import { type Class, columnsOf, probabilitiesOf, writeFailure, writeSlide } from './outputs.js'

export const demo = path.join(packageRoot, 'fixtures/slides/demo.tif')

/** Names that break out of HTML, CSS and JavaScript where one forgets to escape. */
export const hostileName = `</script><img src=x onerror="document.title='owned'">&amp;'`
export const hostileId = 'b"><img src=x onerror=alert(1)>'

export const demoClasses: readonly Class[] = [
  { name: 'tumour', color: '#e41a1c' },
  { name: hostileName, color: '#377eb8' },
  { name: 'fat', color: '#4daf4a' },
]

export const patch = 448

/** Patches in 8 columns and 6 rows: class by column, probability 0.5 to 1 by row; the last one cannot be read. */
export function demoRows(slide: string, label: boolean): Row[] {
  return Array.from({ length: 48 }, (_, index) => {
    const [column, row] = [index % 8, Math.floor(index / 8)]
    const [x, y] = [column * patch, row * patch]
    const isRead = index < 47
    const prediction = column % 3
    const probability = 0.5 + row / 10
    const probabilities = demoClasses.map((_c, i) => (i === prediction ? probability : (1 - probability) / 2))
    return {
      slide,
      index,
      x0: x,
      y0: y,
      x1: x + patch,
      y1: y + patch,
      base_x: x,
      base_y: y,
      base_w: patch,
      base_h: patch,
      tissue: row / 5,
      status: isRead ? 'ok' : 'unreadable',
      prediction: isRead ? prediction : null,
      class: isRead ? demoClasses[prediction]!.name : null,
      ...Object.fromEntries(probabilitiesOf(demoClasses).map((name, i) => [name, isRead ? probabilities[i]! : null])),
      // Right but for the first row of patches.
      ...(label ? { label: demoClasses[row === 0 ? (prediction + 1) % 3 : prediction]!.name } : {}),
    }
  })
}

export interface DemoOptions {
  readonly label?: boolean
  /** Instead of the demo slide's path. */
  readonly uri?: string
}

/** What a table says of the demo slide, so that its pixels are found. */
export async function demoAbout() {
  const slide = await openSlide({ kind: 'slide', id: 'demo', uri: demo, carried: {} })
  const { width, height, vendor } = slide.info
  await slide.close()
  return { kind: 'slide', name: 'demo.tif', width, height, vendor, mpp: { x: 0.5, y: 0.5 }, identity: slide.identity } as const
}

export async function writeDemo(folder: string, { label = false, uri = demo }: DemoOptions = {}): Promise<void> {
  const about = await demoAbout()
  const made = { classes: demoClasses, columns: columnsOf(demoClasses, 'slide', label), about, uri }
  await writeSlide(folder, { ...made, id: 'demo', rows: demoRows('demo', label) })
  await writeSlide(folder, { ...made, id: 'a-empty', rows: [] })
  await writeFailure(folder, hostileId, {
    family: 'SlideError',
    code: 'SLIDE_TRUNCATED',
    message: `${hostileId}.svs ends at byte 17`,
    hint: 'copy it again',
  })
}
