/** What each address answers. Slides are found by their id in the run, never by a path. */

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { packageRoot } from '../../core/package-root.js'
import { magnificationOf } from '../../geometry/resolution.js'
import { hexOf, viridis } from '../../sinks/picture/colors.js'
import type { SlideResult } from '../open.js'
import type { AskedChoice, ShownSlide } from './shown-slide.js'
import type { ShownSlides } from './shown-slides.js'

export interface Answer {
  readonly type: string
  readonly body: Buffer | string
}

const require = createRequire(import.meta.url)
const ours = (name: string) => path.join(packageRoot, 'src/results/view/static', name)

/** The only files that are served, by the address that names them. */
const files: Readonly<Record<string, { readonly type: string; readonly file: () => string }>> = {
  '/': { type: 'text/html; charset=utf-8', file: () => ours('index.html') },
  '/static/view.css': { type: 'text/css; charset=utf-8', file: () => ours('view.css') },
  ...Object.fromEntries(
    ['view.js', 'layers.js', 'panel.js', 'legend.js', 'place.js'].map((name) => [
      `/static/${name}`,
      { type: 'text/javascript; charset=utf-8', file: () => ours(name) },
    ]),
  ),
  '/static/openseadragon.js': {
    type: 'text/javascript; charset=utf-8',
    file: () => path.join(path.dirname(require.resolve('openseadragon')), 'openseadragon.min.js'),
  },
}

/** Null: there is nothing of this name. Throws what opening a slide throws. */
export async function answer(slides: ShownSlides, url: URL, signal: AbortSignal): Promise<Answer | null> {
  const known = Object.hasOwn(files, url.pathname) ? files[url.pathname] : undefined
  if (known) return { type: known.type, body: await readFile(known.file()) }
  const [, area, id, ...rest] = url.pathname.split('/').map(decoded)
  if (area !== 'slides') return null
  if (id === undefined) return json({ title: path.basename(slides.results.folder), slides: slides.results.slides.map(listed) })
  if (id === null || rest.includes(null)) return null
  const slide = await slides.get(id ?? '')
  return slide && ofSlide(slide, rest as readonly string[], url.searchParams, signal)
}

async function ofSlide(
  slide: ShownSlide,
  [what, ...rest]: readonly string[],
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Answer | null> {
  if (what === undefined) return json(described(slide))
  const numbers = rest.map(wholeOf)
  if (numbers.includes(null)) return null
  const [a = 0, b = 0, c = 0] = numbers as readonly number[]
  if (what === 'tile' && rest.length === 3) return picture('image/jpeg', await slide.slideTile({ level: a, column: b, row: c }, signal))
  if (what === 'predictions' && rest.length === 3) {
    const choice = choiceOf(query, slide.marks.legend.rest)
    return picture('image/png', await slide.predictionTile({ level: a, column: b, row: c }, choice, signal))
  }
  if (what === 'patch' && rest.length === 1) return picture('image/jpeg', await slide.patchPicture(a, signal))
  if (what === 'at' && rest.length === 0) {
    const choice = await slide.choice(choiceOf(query, slide.marks.legend.rest))
    if (!choice) return null
    const number = slide.marks.at(Number(query.get('x')), Number(query.get('y')), choice)
    if (number === null) return json(null)
    return json({ number, box: slide.marks.boxOf(number), given: slide.marks.predictionOf(number), row: await slide.row(number) })
  }
  return null
}

/**
 * `hide=0,3&min=0.5&heat=2`: classes that are not shown, the least probability, and the class whose probability is shown instead of
 * the classes. `-1` are patches without an answer, `-2` those with an answer that names no class, `rest` the classes that the legend sums up.
 */
function choiceOf(query: URLSearchParams, rest: readonly number[]): AskedChoice {
  const asked = (query.get('hide') ?? '').split(',')
  const numbers = asked.filter((text) => /^-?\d{1,6}$/.test(text)).map(Number)
  const hidden = new Set([...numbers, ...(asked.includes('rest') ? rest : [])])
  const least = Number(query.get('min') ?? 0)
  const min = least > 0 && least <= 1 ? least : 0
  const written = query.get('heat')
  // What is no number is no class of any model, so that it is refused and not taken for the wish to see all classes.
  const heat = written === null ? null : (wholeOf(written) ?? -1)
  const what = heat === null ? [...hidden].sort((x, y) => x - y).join(',') : `heat ${heat}`
  return { isShown: (prediction) => !hidden.has(prediction), min, heat, key: `${what} ${min}` }
}

/** The colours of a heat map from 0 to 1, at even steps: the page draws its legend with them. */
const heatColors = Array.from({ length: 10 }, (_, i) => hexOf(viridis(i / 9)))

function described({ metadata, marks, pyramid, pixels, uri }: ShownSlide): unknown {
  const { id, width, height, mpp, vendor } = metadata.slide
  return {
    id,
    uri,
    vendor,
    width,
    height,
    mpp: mpp && mpp.x > 0 && mpp.y > 0 ? mpp : null,
    // What a pixel of the slide on a pixel of the screen is called; null where nobody knows.
    magnification: magnificationOf(metadata.slide),
    tile: pyramid.tile,
    top: pyramid.top,
    pixels: typeof pixels === 'string' ? pixels : null,
    model: metadata.model?.name ?? null,
    grid: metadata.grid ?? null,
    patches: marks.count,
    heatColors,
    classes: marks.classes.map(({ name, color, column }, i) => ({ name, color, column, number: i })),
    legend: marks.legend,
  }
}

const listed = ({ id, receipt, table }: SlideResult) => ({
  id,
  status: receipt.status,
  rows: receipt.rows,
  isShown: table !== null,
  error: receipt.error?.message ?? null,
})

const json = (value: unknown): Answer => ({ type: 'application/json; charset=utf-8', body: JSON.stringify(value) })

const picture = (type: string, body: Buffer | null): Answer | null => body && { type, body }

const wholeOf = (text: string): number | null => (/^\d{1,9}$/.test(text) ? Number(text) : null)

/** Null for what is no text at all (`%FF`). */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
