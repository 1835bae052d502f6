/**
 * The columns that a model's outputs become. The first output of classes gives `prediction`, `class` and `prob_<class>`; another
 * one the same with its name in front; features one vector column; values one column each.
 */

import type { ModelOutput } from './model.js'
import type { Column } from './row.js'

export interface ClassColumns {
  readonly prediction: string
  readonly class: string
  readonly probabilities: readonly string[]
}

/** Names for the classes of `output`; `first` is the first output of classes among all. */
export function classColumns(output: ModelOutput, first: boolean): ClassColumns {
  const front = first ? '' : `${output.name}_`
  return {
    prediction: `${front}prediction`,
    class: `${front}class`,
    probabilities: output.classes.map(({ name }) => `${front}prob_${name}`),
  }
}

export function isFirstClasses(output: ModelOutput, outputs: readonly ModelOutput[]): boolean {
  return outputs.find(({ kind }) => kind === 'classes') === output
}

export function outputColumns(outputs: readonly ModelOutput[]): readonly Column[] {
  return outputs.flatMap((output): Column[] => {
    const { name, kind, classes, width, about } = output
    if (kind === 'features') return [{ name, type: 'vector', size: width, nullable: true, about: `Output '${name}' of the model.` }]
    if (kind === 'values') {
      return classes.map((value, i) => ({ name: value.name, type: 'float32', nullable: true, about: about[i] ?? '' }))
    }
    const names = classColumns(output, isFirstClasses(output, outputs))
    const half = classes.length === 1 ? ', null when its probability is below one half' : ''
    return [
      { name: names.prediction, type: 'int32', nullable: true, about: `Index of the most probable class${half}.` },
      { name: names.class, type: 'category', nullable: true, about: `Name of the most probable class${half}.` },
      ...names.probabilities.map((column, i): Column => {
        return { name: column, type: 'float32', nullable: true, about: `Probability of ${classes[i]!.name}, 0 to 1.` }
      }),
    ]
  })
}
