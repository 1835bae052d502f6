/** The evaluation as one picture: heat map of the confusion matrix, and the classes as bars. */

import { type Bar, bars } from '../plots/bars.js'
import { heatMap } from '../plots/heat-map.js'
import { svgOf, type Theme, type TopLevelSpec } from '../plots/vega.js'
import type { Evaluation } from './evaluate.js'

export function confusionSvg(evaluation: Evaluation, theme: Theme): Promise<string> {
  return svgOf(matrixOf(evaluation), theme)
}

export function countsSvg(evaluation: Evaluation, theme: Theme): Promise<string> {
  return svgOf(countsOf(evaluation), theme)
}

/** Both side by side, with the accuracy as their title. */
export function pictureOf(evaluation: Evaluation): Promise<string> {
  const { patches, accuracy, macro } = evaluation
  const spec = {
    title: {
      text: `Accuracy ${(accuracy * 100).toFixed(1)} %`,
      subtitle: `${patches.toLocaleString('en')} patches, macro F1 ${macro.f1.toFixed(3)}`,
    },
    spacing: 56,
    hconcat: [
      { ...matrixOf(evaluation), title: 'Confusion, share of the label' },
      { ...countsOf(evaluation), title: { text: 'Classes', subtitle: 'solid: labels, pale: predictions' } },
    ],
  }
  return svgOf(spec as unknown as TopLevelSpec)
}

const matrixOf = ({ classes, confusion }: Evaluation) => heatMap({ names: classes.map(({ name }) => name), ...confusion })

const countsOf = ({ classes }: Evaluation) =>
  bars(
    classes.map(({ name, color, support, predicted }): Bar => ({ name, color, count: support, mark: predicted })),
    'Patches',
  )
