/** What each address answers. Slides are found by their id in the run, never by a path. */

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { packageRoot } from '../core/package-root.js'
import type { SlideResult } from '../results/open.js'
import type { Choice } from './marks.js'
import type { ShownSlide } from './shown-slide.js'
import type { ShownSlides } from './shown-slides.js'

export interface Answer {
  readonly type: string
  readonly body: Buffer | string
}

const require = createRequire(import.meta.url)
const ours = (name: string) => path.join(packageRoot, 'src/view/static', name)

/** The only files that are served, by the address that names them. */
const files: Readonly<Record<string, { readonly type: string; readonly file: () => string }>> = {
  '/': { type: 'text/html; charset=utf-8', file: () => ours('index.html') },
  '/static/view.css': { type: 'text/css; charset=utf-8', file: () => ours('view.css') },
  ...Object.fromEntries(
    ['view.js', 'layers.js', 'panel.js'].map((name) => [
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
    return picture('image/png', await slide.predictionTile({ level: a, column: b, row: c }, choiceOf(query)))
  }
  if (what === 'patch' && rest.length === 1) return picture('image/jpeg', await slide.patchPicture(a, signal))
  if (what === 'at' && rest.length === 0) {
    const number = slide.marks.at(Number(query.get('x')), Number(query.get('y')), choiceOf(query))
    return json(number === null ? null : { number, box: slide.marks.boxOf(number), row: await slide.row(number) })
  }
  return null
}

/** `hide=0,3&min=0.5`: classes that are not shown, and the least probability. `-1` are patches without an answer. */
export function choiceOf(query: URLSearchParams): Choice & { readonly key: string } {
  const hidden = new Set(
    (query.get('hide') ?? '')
      .split(',')
      .filter((text) => /^-?\d{1,5}$/.test(text))
      .map(Number),
  )
  const asked = Number(query.get('min') ?? 0)
  const min = asked > 0 && asked <= 1 ? asked : 0
  return { isShown: (prediction) => !hidden.has(prediction), min, key: `${[...hidden].sort((x, y) => x - y).join(',')} ${min}` }
}

function described({ metadata, marks, pyramid, pixels }: ShownSlide): unknown {
  const { id, uri, width, height, mpp, vendor } = metadata.slide
  return {
    id,
    uri,
    vendor,
    width,
    height,
    mpp: mpp?.x ?? null,
    tile: pyramid.tile,
    top: pyramid.top,
    pixels: typeof pixels === 'string' ? pixels : null,
    model: metadata.model?.name ?? null,
    grid: metadata.grid ?? null,
    patches: marks.count,
    unanswered: marks.count - marks.perClass.reduce((sum, n) => sum + n, 0),
    hasProbabilities: marks.classes.some(({ column }) => column !== null),
    classes: marks.classes.map(({ name, color, column }, i) => ({ name, color, column, count: marks.perClass[i] })),
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
