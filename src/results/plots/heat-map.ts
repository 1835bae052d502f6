/** The confusion matrix as a picture: a row a true class, shares of the row as colour and per cent. */

import type { TopLevelSpec } from './vega.js'

export interface HeatMapData {
  readonly names: readonly string[]
  readonly counts: readonly (readonly number[])[]
  readonly share: readonly (readonly number[])[]
}

/** Cells are drawn for so many classes; of more, a picture says nothing any more. */
const mostCells = 40

export function heatMap({ names, counts, share }: HeatMapData): TopLevelSpec {
  const shown = shortened(names.slice(0, mostCells))
  const values = shown.flatMap((truth, i) =>
    shown.map((predicted, k) => ({ truth, predicted, share: share[i]![k]!, count: counts[i]![k]! })),
  )
  const side = shown.length > 20 ? 34 : 52
  return {
    data: { values },
    width: { step: side },
    height: { step: side },
    encoding: {
      x: {
        field: 'predicted',
        type: 'nominal',
        sort: shown,
        title: names.length > mostCells ? `Predicted (the first ${mostCells} of ${names.length} classes)` : 'Predicted',
        axis: { labelAngle: shown.join('').length > shown.length * 8 ? -40 : 0 },
      },
      y: { field: 'truth', type: 'nominal', sort: shown, title: 'Label' },
    },
    layer: [
      {
        mark: { type: 'rect', cornerRadius: 3, stroke: '#80808022' },
        encoding: {
          color: {
            field: 'share',
            type: 'quantitative',
            scale: { domain: [0, 1], range: ['#f2f6fb', '#9cc3e4', '#2f7abf', '#0b3c7d'] },
            legend: null,
          },
        },
      },
      {
        mark: { type: 'text', fontSize: shown.length > 20 ? 9 : 12 },
        encoding: {
          text: { field: 'share', type: 'quantitative', format: '.0%' },
          color: {
            condition: [
              { test: 'datum.share > 0.5', value: '#ffffff' },
              { test: 'datum.count === 0', value: '#8a97a8' },
            ],
            value: '#12263f',
          },
        },
      },
    ],
  } as TopLevelSpec
}

/** Letters of a name beside an axis. */
const most = 24

/** Long names are cut for the axes; two that become the same stay apart. */
export function shortened(names: readonly string[]): string[] {
  const seen = new Set<string>()
  return names.map((name) => {
    const letters = [...name]
    let short = letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : name
    for (let n = 2; seen.has(short); n++) short = `${letters.slice(0, most - 4).join('')}… ${n}`
    seen.add(short)
    return short
  })
}
