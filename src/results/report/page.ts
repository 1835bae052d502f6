/**
 * The page of a run, piece by piece. All slides are in the table (up to 5,000); each has its section, and sections carry
 * pictures and plots until those come to 32 MiB; after that 3 KiB a slide. The page says where it stopped.
 */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { recordOf, TiastreamError } from '../../core/errors.js'
import { packageRoot } from '../../core/package-root.js'
import { ahead } from '../../flow/ahead.js'
import { forMany } from '../../flow/for-many.js'
import { evaluate } from '../evaluate/evaluate.js'
import type { Results, SlideResult } from '../open.js'
import { viewerPort } from '../viewer-port.js'
import { type CohortRow, cohortTable } from './cohort.js'
import { evaluationSection } from './evaluation.js'
import { escaped, type Html, html } from './html.js'
import { overviewOf } from './overview.js'
import { sectionOf } from './section.js'

const mostSlides = 5000
/** Slides read side by side: one waits for its disk or server and for its pictures' compression, another is drawn. A table of a million rows takes 100 MB. */
const slidesAtOnce = 4
export const mostPictureBytes = 32 * 1024 ** 2

export interface ReportOptions {
  readonly signal?: AbortSignal
  /** Called after each slide, with how many are done. */
  readonly onSlide?: (done: number, all: number) => void
  readonly mostPictureBytes?: number
  /** Labels that the model calls otherwise. */
  readonly rename?: Readonly<Record<string, string>>
}

/** A slide whose table or pixels are gone or damaged is said to be so. */
export async function* page(results: Results, options: ReportOptions = {}): AsyncGenerator<string> {
  const title = path.basename(results.folder)
  const slides = shownSlides(results.slides)
  const signal = forMany(options.signal)
  let left = options.mostPictureBytes ?? mostPictureBytes
  let withoutPictures = 0
  const rows: CohortRow[] = []
  const sections: Html[] = []
  let hasLabels = false
  let first = -1
  const make = async (i: number, withPictures = left > 0) => {
    signal?.throwIfAborted()
    return { i, made: await sectionOf({ results, result: slides[i]!, anchor: `slide-${i + 1}`, withPictures, ...options, signal }) }
  }
  for await (const { i, made: begun } of ahead(slides.keys(), slidesAtOnce, (i) => make(i))) {
    signal?.throwIfAborted()
    // Those before it may have used up the room since it was begun.
    const made = begun.pictures === 'shown' && left <= 0 ? (await make(i, false)).made : begun
    if (made.pictures === 'shown') left -= made.section.text.length
    if (made.pictures === 'left out') withoutPictures++
    rows.push(made.row)
    sections.push(made.section)
    hasLabels ||= made.hasLabels
    if (first < 0 && made.canOpen) first = i
    options.onSlide?.(i + 1, slides.length)
  }
  signal?.throwIfAborted()
  const static_ = path.join(packageRoot, 'src/results/report/static')
  const [css, js] = await Promise.all(['report.css', 'report.js'].map((name) => readFile(path.join(static_, name), 'utf8')))
  yield head(title, css!, js!)
  yield html`<header><h1>${title}</h1></header>\n<main>`.text
  // The page opens with what everybody wants to see; it is the same section as all others, only open and on top.
  if (first >= 0) yield sections[first]!.text.replace('<details class="slide"', '<details class="slide" open')
  if (results.slides.some(({ table }) => table !== null)) yield viewerLine.text
  yield overviewOf(results).text
  if (hasLabels) yield (await evaluated(results, options)).text
  yield html`<section aria-labelledby="cohort"><div class="title"><h2 id="cohort">Slides</h2>
<label>Find <input type="search" id="find" autocomplete="off" placeholder="part of a name"></label></div>
${cohortTable(rows)}${limits(results.slides.length, slides.length, withoutPictures)}</section>`.text
  const others = sections.filter((_, i) => i !== first)
  if (others.length > 0) yield html`\n<section aria-labelledby="details"><h2 id="details">Slide by slide</h2>`.text
  for (const section of others) yield `\n${section.text}`
  if (others.length > 0) yield '</section>'
  yield `\n</main>\n<dialog id="enlarged" aria-label="Enlarged"></dialog>\n<script>${js}</script>\n</body></html>\n`
}

/** Places are links to a program that the reader starts: the page says how, and where the links lead. */
const viewerLine = html`<p class="quiet" id="viewer-line">Places of patches open in the viewer: <code>tiastream view FOLDER</code>, with the output folder of this run, then any place here. <label>Its port <input type="number" id="viewer-port" min="1" max="65535" value="${viewerPort}"></label></p>`

/** What failed comes in any case; the others in the order of their ids. */
function shownSlides(slides: readonly SlideResult[]): readonly SlideResult[] {
  if (slides.length <= mostSlides) return slides
  const failed = slides.filter(({ receipt }) => receipt.status === 'failed')
  return [...failed, ...slides.filter(({ receipt }) => receipt.status !== 'failed')].slice(0, mostSlides)
}

/** Labels may be of another kind than the classes (a diagnosis of the slide): then the page says why there are no scores. */
async function evaluated(results: Results, { rename = {}, signal }: ReportOptions): Promise<Html> {
  try {
    return await evaluationSection(await evaluate(results, { rename, ...(signal ? { signal } : {}) }))
  } catch (error) {
    if (!(error instanceof TiastreamError)) throw error
    const { message, hint } = recordOf(error)
    return html`<section aria-labelledby="evaluation"><h2 id="evaluation">Evaluation</h2><p class="quiet">Not possible: ${message}.</p><p class="quiet">${hint}</p></section>`
  }
}

function limits(all: number, shown: number, withoutPictures: number): Html | null {
  const said = [
    ...(shown < all ? [`The page shows ${shown} of ${all} slides.`] : []),
    ...(withoutPictures > 0
      ? [
          `The last ${withoutPictures === 1 ? 'slide has' : `${withoutPictures} slides have`} no pictures, to keep the page small enough to open.`,
        ]
      : []),
  ]
  return said.length > 0 ? html`<p class="quiet">${said.join(' ')}</p>` : null
}

/** The browser itself is told to fetch nothing and to run nothing but our script. */
function head(title: string, css: string, js: string): string {
  const hash = createHash('sha256').update(js).digest('base64')
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · tiastream</title>
<link rel="icon" href="data:,">
<style>${css}</style></head>
<body>
`
}
