/** Rows as patches on a canvas: where each lies, and the probability of every class, or one vote where there are none. */

import { SinkError } from '../../core/errors.js'
import type { ModelOutput } from '../../core/model.js'
import { classColumns } from '../../core/output-columns.js'
import type { Row } from '../../core/row.js'
import type { SinkContext, SinkPlan } from '../../core/sink.js'
import { type Box, boxAsTiatoolbox, boxOf } from '../../geometry/merge.js'
import { resolveAt } from '../../geometry/resolution.js'
import { namesClasses } from '../common/answers.js'
import { type Canvas, measured } from './canvas.js'

/** Reads the numbers of a row: one a class, or null when the patch has no answer. */
export type Answer = (row: Row) => ArrayLike<number> | null

/** The output of the model that names classes; the first, where it has several. */
export function classesOutput({ path, provenance }: Pick<SinkContext, 'path' | 'provenance'>): ModelOutput {
  const output = provenance.model?.outputs.find(({ kind }) => kind === 'classes')
  if (output) return output
  throw new SinkError('CLASSES_MISSING', `${path}: the model of these rows names no classes to draw`, {
    hint: 'maps and overlays need a model whose card has an output of kind classes',
  })
}

/** Whether the rows of a plan can be drawn. */
export function drawable(plan: SinkPlan): boolean {
  const names = new Set(plan.columns.map(({ name }) => name))
  const placed = ['bx', 'by', 'bw', 'bh'].every((name) => names.has(name))
  return placed && namesClasses(plan)
}

/** Whether every class has the column of its probability. */
export function hasProbabilities({ columns, provenance }: Pick<SinkContext, 'columns' | 'provenance'>, output: ModelOutput): boolean {
  const names = new Set(columns.map(({ name }) => name))
  return classColumns(output, provenance.schemaVersion).probabilities.every((name) => names.has(name))
}

/** Probabilities where every class has its column, else one vote for the predicted class. */
export function answerOf(context: SinkContext, output: ModelOutput): Answer {
  const { path, columns, provenance } = context
  const names = new Set(columns.map(({ name }) => name))
  const known = classColumns(output, provenance.schemaVersion)
  if (hasProbabilities(context, output)) return (row) => numbersOf(row, known.probabilities)
  const votes = output.classes.map((_, i) => Float64Array.from(output.classes, (_class, k) => (k === i ? 1 : 0)))
  if (names.has(known.prediction)) return (row) => votes[row[known.prediction] as number] ?? null
  if (names.has(known.class)) {
    const indices = new Map(output.classes.map(({ name }, i) => [name, i]))
    return (row) => votes[indices.get(row[known.class] as string) ?? -1] ?? null
  }
  throw new SinkError('CLASSES_MISSING', `${path}: the rows have neither prob_… columns of all classes nor 'prediction' nor 'class'`)
}

function numbersOf(row: Row, names: readonly string[]): Float64Array | null {
  const numbers = new Float64Array(names.length)
  for (let i = 0; i < names.length; i++) {
    const value = row[names[i]!]
    if (typeof value !== 'number' || Number.isNaN(value)) return null
    numbers[i] = value
  }
  return numbers
}

/** Where a row lies on the canvas. `compat` needs the bounds at the resolution of the patches, and so the grid. */
export function placeOf(context: SinkContext, canvas: Canvas, compat: boolean): (row: Row) => Box {
  const { path, slide, provenance } = context
  if (!compat) {
    return ({ bx, by, bw, bh }) => {
      const region = { x: bx as number, y: by as number, width: bw as number, height: bh as number }
      return kept(boxOf(region, canvas.scale), canvas)
    }
  }
  if (!provenance.grid) throw new SinkError('GRID_MISSING', `${path}: compat: tiatoolbox needs to know the grid of the patches`)
  const source = resolveAt(measured(slide.info), provenance.grid.at)
  return ({ x0, y0, x1, y1 }) => boxAsTiatoolbox([x0 as number, y0 as number, x1 as number, y1 as number], canvas, source)
}

/** The canvas is rounded to whole pixels; a patch on the cut-off fraction of its last pixel goes onto the last whole one. */
function kept(box: Box, { width, height }: Canvas): Box {
  return { ...box, left: box.left === width ? width - 1 : box.left, top: box.top === height ? height - 1 : box.top }
}
