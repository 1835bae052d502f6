/** scikit-learn's scores (golden/evaluate/make.py), and rows made from its cases. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { classColumns } from '../../../src/core/columns/output-columns.js'
import { packageRoot } from '../../../src/core/package-root.js'
import type { Row } from '../../../src/core/row.js'
import { colorOf } from '../../../src/models/card/palette.js'
import type { Evaluation } from '../../../src/results/evaluate/evaluate.js'
import { columnsOf, writeSlide } from '../outputs.js'

export interface Expected {
  readonly accuracy: number
  readonly precision: readonly number[]
  readonly recall: readonly number[]
  readonly f1: readonly number[]
  readonly support: readonly number[]
  readonly macro: readonly [number, number, number]
  readonly weighted: readonly [number, number, number]
  readonly counts: readonly (readonly number[])[]
  readonly share: readonly (readonly number[])[]
  readonly auc: readonly (number | null)[]
}

export interface Case {
  readonly classes: readonly string[]
  readonly labels: readonly number[]
  readonly predictions: readonly number[]
  readonly probabilities: readonly (readonly number[])[]
  readonly expected: Expected
}

const file = path.join(packageRoot, 'test/golden/evaluate/scores.json')

export const cases = (JSON.parse(readFileSync(file, 'utf8')) as { cases: Record<string, Case> }).cases

export const classesNamed = (names: readonly string[]) => names.map((name, i) => ({ name, color: colorOf(i) }))

export function rowsOf({ classes, labels, predictions, probabilities }: Omit<Case, 'expected'>, slide: string): Row[] {
  const { probabilities: columns } = classColumns({ classes: classesNamed(classes) })
  return labels.map((label, i) => ({
    slide,
    index: i,
    file: `patches/${classes[label]}/${i}.png`,
    status: 'ok',
    prediction: predictions[i]!,
    class: classes[predictions[i]!]!,
    label: classes[label]!,
    ...Object.fromEntries(columns.map((column, c) => [column, probabilities[i]![c]!])),
  }))
}

/** The case as an output folder of two sets, cut at `cut` rows. */
export async function writeCase(folder: string, one: Case, cut = Math.floor(one.labels.length / 3)): Promise<void> {
  const classes = classesNamed(one.classes)
  const columns = columnsOf(classes, 'set', true)
  const rows = rowsOf(one, 'x')
  await writeSlide(folder, { id: 'first', classes, columns, rows: rows.slice(0, cut), about: { kind: 'set' } })
  await writeSlide(folder, { id: 'second', classes, columns, rows: rows.slice(cut), about: { kind: 'set' } })
}

/** Every number of the evaluation against scikit-learn's. */
export function equalsSklearn(t: ExecutionContext, is: Evaluation, wanted: Expected): void {
  const near = (a: number | null | undefined, b: number | null | undefined, what: string): void => {
    if (typeof a !== 'number' || typeof b !== 'number') t.is(a ?? null, b ?? null, what)
    else t.true(Math.abs(a - b) < 1e-12, `${what}: ${a} and not ${b}`)
  }
  near(is.accuracy, wanted.accuracy, 'accuracy')
  t.deepEqual(is.confusion.counts, wanted.counts)
  is.classes.forEach((one, i) => {
    near(one.precision, wanted.precision[i], `precision of ${one.name}`)
    near(one.recall, wanted.recall[i], `recall of ${one.name}`)
    near(one.f1, wanted.f1[i], `F1 of ${one.name}`)
    near(one.rocAuc, wanted.auc[i], `ROC AUC of ${one.name}`)
    t.is(one.support, wanted.support[i] ?? -1)
    for (const [k, share] of is.confusion.share[i]!.entries()) near(share, wanted.share[i]![k], `share ${i}, ${k}`)
  })
  for (const [how, three] of [
    ['macro', is.macro],
    ['weighted', is.weighted],
  ] as const) {
    near(three.precision, wanted[how][0], `${how} precision`)
    near(three.recall, wanted[how][1], `${how} recall`)
    near(three.f1, wanted[how][2], `${how} F1`)
  }
}
