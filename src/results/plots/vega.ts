/** Plots: vega's doorway. A vega-lite description becomes SVG, without a browser and without fonts of the machine. */

import { createHash } from 'node:crypto'
import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { letterWidths } from './letters.js'

export type { TopLevelSpec }

/** Where a plot will stand: on its own on white, or in a page whose colour of text it takes. */
export type Theme = 'alone' | 'page'

/** The names a viewer tries in turn; ours come first, so that a plot looks like the page around it. */
const font = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"

let last: Promise<unknown> = Promise.resolve()

/**
 * SVG text of a plot. The description must carry its data: nothing is fetched. One after another: vega has one counter for the clip paths
 * of all plots, and a plot shall be the same whichever was drawn before it.
 */
export function svgOf(spec: TopLevelSpec, theme: Theme = 'alone'): Promise<string> {
  const plot = last.then(() => drawn(spec, theme))
  last = plot.catch(() => undefined)
  return plot
}

async function drawn(spec: TopLevelSpec, theme: Theme): Promise<string> {
  await measureInInter()
  vega.resetSVGDefIds()
  const { spec: plot } = compile(spec, { config: configOf(theme) })
  const view = new vega.View(vega.parse(plot), { renderer: 'none', logLevel: vega.Warn, loader: noLoader })
  try {
    return tidy(await view.toSVG())
  } finally {
    view.finalize()
  }
}

/** Hundredths of a pixel are enough; and clip paths are counted from 1 in every plot, where a page with several needs each its own. */
function tidy(svg: string): string {
  const own = createHash('sha256').update(svg).digest('hex').slice(0, 8)
  const shorter = svg.replace(/ (?:d|transform)="[^"]*"/g, (attribute) => attribute.replace(/(\.\d\d)\d+/g, '$1'))
  return shorter.replace(/( id="| clip-path="url\(#)clip/g, `$1p${own}-clip`)
}

function configOf(theme: Theme) {
  const ink = theme === 'page' ? 'currentColor' : '#1c1b22'
  const line = theme === 'page' ? '#80808055' : '#dddce3'
  return {
    background: theme === 'page' ? 'transparent' : '#ffffff',
    font,
    padding: theme === 'page' ? 2 : 20,
    view: { stroke: null },
    title: {
      color: ink,
      subtitleColor: ink,
      fontSize: 14,
      fontWeight: 600 as const,
      subtitleFontSize: 12,
      anchor: 'start' as const,
      offset: 12,
    },
    axis: {
      labelColor: ink,
      titleColor: ink,
      labelFontSize: 12,
      titleFontSize: 12,
      titleFontWeight: 400 as const,
      titlePadding: 10,
      labelLimit: 180,
      domain: false,
      ticks: false,
      gridColor: line,
      labelPadding: 6,
    },
    text: { fontSize: 12, fill: ink },
    legend: { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12 },
  }
}

/** A plot of ours never asks for a file or an address; if a class name made one try, it would fail here. */
const noLoader = {
  load: refuse,
  sanitize: refuse,
  http: refuse,
  file: refuse,
  options: {},
  fileAccess: false,
} as never

function refuse(): Promise<never> {
  return Promise.reject(new TypeError('a plot asks for data from outside'))
}

/** Not in vega's types. */
interface Measures {
  readonly textMetrics: { width: (item: { readonly fontSize?: number }, text: unknown) => number }
}

let measuring: Promise<void> | undefined

/** Without a canvas vega guesses the width of text; Inter's own widths keep labels off each other. */
function measureInInter(): Promise<void> {
  measuring ??= letterWidths().then((widthOf) => {
    const { textMetrics } = vega as unknown as Measures
    textMetrics.width = ({ fontSize = 11 }, text) => widthOf(String(text ?? '')) * fontSize
  })
  return measuring
}
