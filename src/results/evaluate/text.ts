/** The evaluation as a table for the terminal. Names come from files: control characters are not printed. */

import { counted } from '../../core/text/counted.js'
import type { Evaluation } from './evaluate.js'

/** A confusion matrix wider than this is left to the picture and the JSON. */
const mostColumns = 12

export function textOf(evaluation: Evaluation): string {
  const { patches, accuracy, leftOut, classes, macro, weighted, rocAuc } = evaluation
  const area = (value: number | null | undefined) => (typeof value === 'number' ? value.toFixed(3) : '-')
  const three = (value: number) => value.toFixed(3)
  const rows = [
    ['class', 'precision', 'recall', 'F1', ...(rocAuc ? ['ROC AUC'] : []), 'labels', 'predicted'],
    ...classes.map((one) => [
      printable(one.name),
      three(one.precision),
      three(one.recall),
      three(one.f1),
      ...(rocAuc ? [area(one.rocAuc)] : []),
      String(one.support),
      String(one.predicted),
    ]),
    [
      'macro mean',
      three(macro.precision),
      three(macro.recall),
      three(macro.f1),
      ...(rocAuc ? [area(rocAuc.macro)] : []),
      String(patches),
      '',
    ],
    ['weighted mean', three(weighted.precision), three(weighted.recall), three(weighted.f1), ...(rocAuc ? [''] : []), String(patches), ''],
  ]
  return [
    `accuracy ${accuracy.toFixed(4)} over ${counted(patches, 'patch', 'patches')}${sayLeftOut(leftOut)}`,
    '',
    ...aligned(rows, new Set([1, rows.length - 2])),
    '',
    ...confusionText(evaluation),
    ...(rocAuc?.method === 'histogram' ? ['', 'ROC AUC from a histogram of 65536 steps: too many scores to sort'] : []),
    '',
  ].join('\n')
}

function sayLeftOut({ unlabelled, unpredicted }: Evaluation['leftOut']): string {
  const parts = [
    ...(unlabelled > 0 ? [`${unlabelled} without a label`] : []),
    ...(unpredicted > 0 ? [`${unpredicted} without a prediction`] : []),
  ]
  return parts.length > 0 ? ` (left out: ${parts.join(', ')})` : ''
}

function confusionText({ classes, confusion }: Evaluation): string[] {
  if (classes.length > mostColumns) return [`the confusion matrix of ${classes.length} classes is in the JSON and in the picture`]
  const names = classes.map(({ name }) => printable(name))
  const rows = [
    ['label \\ predicted', ...names.map((name) => cut(name, 10))],
    ...names.map((name, i) => [
      name,
      ...confusion.counts[i]!.map((n, k) => (n === 0 ? '.' : `${n} ${(confusion.share[i]![k]! * 100).toFixed(0)}%`)),
    ]),
  ]
  return aligned(rows, new Set([1]))
}

/** Columns under each other, names to the left and numbers to the right; a rule before the rows named. */
function aligned(rows: readonly (readonly string[])[], rules: ReadonlySet<number>): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => cut(row[column] ?? '', 28).length)))
  return rows.flatMap((row, i) => {
    const line = row.map((cell, column) => {
      const text = cut(cell, 28)
      return column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)
    })
    const written = line.join('  ').trimEnd()
    return rules.has(i) ? ['─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2)), written] : [written]
  })
}

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const printable = (name: string) => name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '�')
