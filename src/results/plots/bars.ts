/** Classes as bars in their own colours; with `mark`, a second, paler bar below: what was predicted beside what is labelled. */

import { shareText } from '../../sinks/picture/amount-text.js'
import { shortened } from './heat-map.js'
import type { TopLevelSpec } from './vega.js'

export interface Bar {
  readonly name: string
  readonly color: string
  readonly count: number
  /** The length of the paler bar. */
  readonly mark?: number
}

/** The longest bars are drawn when there are more than these. */
const mostBars = 40

export function bars(all: readonly Bar[], title: string, width = 320): TopLevelSpec {
  const shown = all.length <= mostBars ? all : all.toSorted((a, b) => b.count - a.count).slice(0, mostBars)
  const names = shortened(shown.map(({ name }) => name))
  const rest = all.length - shown.length
  const said = rest > 0 ? `${title} (the ${shown.length} most frequent of ${all.length} classes)` : title
  const total = all.reduce((sum, { count }) => sum + count, 0)
  const isPaired = shown.some(({ mark }) => mark !== undefined)
  const values = shown.map(({ color, count, mark = 0 }, i) => {
    const words = isPaired ? `${count.toLocaleString('en')} | ${mark.toLocaleString('en')}` : share(count, total)
    return { name: names[i], color, count, mark, end: Math.max(count, mark), said: words }
  })
  const y = { field: 'name', type: 'nominal', sort: names, title: null }
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: said,
    // Room at the end of the longest bar for its number.
    scale: { domain: [0, Math.max(1, ...values.map(({ end }) => end)) * 1.3], nice: false },
    axis: { tickCount: 4, format: '~s', grid: true, tickMinStep: 1 },
  })
  const bar = { type: 'bar', cornerRadius: 2, stroke: '#80808080', strokeWidth: 0.75 }
  const color = { field: 'color', type: 'nominal', scale: null }
  return {
    data: { values },
    width,
    height: { step: isPaired ? 36 : 26 },
    layer: [
      { mark: { ...bar, height: isPaired ? 12 : 16, yOffset: isPaired ? -7 : 0 }, encoding: { y, x: x('count'), color } },
      ...(isPaired ? [{ mark: { ...bar, height: 12, yOffset: 7, opacity: 0.45 }, encoding: { y, x: x('mark'), color } }] : []),
      { mark: { type: 'text', align: 'left', dx: 8 }, encoding: { y, x: x('end'), text: { field: 'said', type: 'nominal' } } },
    ],
  } as unknown as TopLevelSpec
}

function share(count: number, total: number): string {
  return `${count.toLocaleString('en')} (${shareText(total === 0 ? 0 : count / total)})`
}
