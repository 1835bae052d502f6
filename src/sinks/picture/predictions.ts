/** Rows as patches on a canvas: where each lies, and the probability of every class, or one vote where there are none. */

import { classColumns } from '../../core/columns/output-columns.js'
import { SinkError } from '../../core/errors.js'
import type { ModelOutput } from '../../core/model.js'
import type { SinkContext, SinkPlan } from '../../core/sink.js'
import { type Box, boxAsTiatoolbox, boxOf } from '../../geometry/merge.js'
import { measured, resolveAt } from '../../geometry/resolution.js'
import { answerProblems } from '../common/answers.js'
import type { NamedReaders } from '../common/named-readers.js'
import { boundsIn, placeProblems, regionsIn } from '../common/place.js'
import type { Canvas } from './canvas.js'

/** Of a batch, reads the numbers of a row: one a class, or null when the patch has no answer. */
export type AnswersIn = (read: NamedReaders) => (i: number) => ArrayLike<number> | null

/** Of a batch, reads where a row lies on a canvas. */
export type PlacesIn = (read: NamedReaders) => (i: number) => Box

/** The output of the model that names classes; the first, where it has several. */
export function classesOutput({ path, provenance }: Pick<SinkContext, 'path' | 'provenance'>): ModelOutput {
  const output = provenance.model?.outputs.find(({ kind }) => kind === 'classes')
  if (output) return output
  throw new SinkError('CLASSES_MISSING', `${path}: the model of these rows names no classes to draw`, {
    hint: 'maps and overlays need a model whose card has an output of kind classes',
  })
}

/** For `check`: what the rows lack to be drawn. With `compat` they lie where their bounds at the resolution of the grid say. */
export const drawProblems = (plan: SinkPlan, compat?: 'tiatoolbox'): string[] => [
  ...placeProblems(plan.columns, compat ? 'both' : 'baseline'),
  ...answerProblems(plan),
]

/** Whether every class has the column of its probability. */
export function hasProbabilities({ columns, provenance }: Pick<SinkContext, 'columns' | 'provenance'>, output: ModelOutput): boolean {
  const names = new Set(columns.map(({ name }) => name))
  return classColumns(output, provenance.schemaVersion).probabilities.every((name) => names.has(name))
}

/** Probabilities where every class has its column, else one vote for the predicted class. */
export function answerOf(context: SinkContext, output: ModelOutput): AnswersIn {
  const { path, columns, provenance } = context
  const names = new Set(columns.map(({ name }) => name))
  const known = classColumns(output, provenance.schemaVersion)
  if (hasProbabilities(context, output)) return (read) => sharesIn(read, known.probabilities)
  const votes = output.classes.map((_, i) => Float64Array.from(output.classes, (_class, k) => (k === i ? 1 : 0)))
  if (names.has(known.prediction)) {
    return (read) => {
      const prediction = read(known.prediction)
      return (i) => votes[prediction(i) as number] ?? null
    }
  }
  if (names.has(known.class)) {
    const indices = new Map(output.classes.map(({ name }, i) => [name, i]))
    return (read) => {
      const word = read(known.class)
      return (i) => votes[indices.get(word(i) as string) ?? -1] ?? null
    }
  }
  throw new SinkError('CLASSES_MISSING', `${path}: the rows have neither prob_… columns of all classes nor 'prediction' nor 'class'`)
}

function sharesIn(read: NamedReaders, names: readonly string[]): (row: number) => Float64Array | null {
  const readers = names.map((name) => read(name))
  return (row) => {
    const numbers = new Float64Array(names.length)
    for (let i = 0; i < names.length; i++) {
      const value = readers[i]!(row)
      if (typeof value !== 'number' || Number.isNaN(value)) return null
      numbers[i] = value
    }
    return numbers
  }
}

/** Where a row lies on the canvas. `compat` needs the bounds at the resolution of the patches, and so the grid. */
export function placeOf(context: SinkContext, canvas: Canvas, compat: boolean): PlacesIn {
  const { path, slide, provenance } = context
  if (!compat) {
    return (read) => {
      const regionAt = regionsIn(read)
      return (i) => kept(boxOf(regionAt(i), canvas.scale), canvas)
    }
  }
  if (!provenance.grid) throw new SinkError('GRID_MISSING', `${path}: compat: tiatoolbox needs to know the grid of the patches`)
  const source = resolveAt(measured(slide.info), provenance.grid.at)
  return (read) => {
    const boundsAt = boundsIn(read)
    return (i) => boxAsTiatoolbox(boundsAt(i), canvas, source)
  }
}

/** The canvas is rounded to whole pixels; a patch on the cut-off fraction of its last pixel goes onto the last whole one. */
function kept(box: Box, { width, height }: Canvas): Box {
  return { ...box, left: box.left === width ? width - 1 : box.left, top: box.top === height ? height - 1 : box.top }
}
