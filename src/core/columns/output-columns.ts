/**
 * The columns that a model's outputs become. The first output of classes gives `prediction`, `class` and `prob_<class>`; another
 * one the same with its name in front; features one vector column; values one column each. Of several models, each has its own name in front
 * of all of that. This is the one place that says which column
 * speaks of which class: its name needs no quotes, so it is not always that of the class.
 */

import type { ModelOutput } from '../model.js'
import type { Column } from '../row.js'
import { isOldSchema, oldProbability } from './old-names.js'
import { PlainNames, standing } from './plain-name.js'

export interface ClassColumns {
  readonly prediction: string
  readonly class: string
  /** In the order of the classes. */
  readonly probabilities: readonly string[]
}

/** What of an output its names follow from. */
type Named = Pick<ModelOutput, 'name' | 'kind' | 'under'> & { readonly classes: readonly { readonly name: string }[] }

/** The names of one output's columns. */
export interface OutputNames {
  /** Of classes. */
  readonly prediction: string
  /** Of classes. */
  readonly class: string
  /** A column for each class or value, in their order. */
  readonly numbers: readonly string[]
  /** Of features: their one column. */
  readonly vector: string
}

/** The columns of the first output of classes. `schemaVersion` is that of a table that is read; absent: as they are written now. */
export function classColumns({ classes, under = '' }: Pick<Named, 'classes' | 'under'>, schemaVersion?: string): ClassColumns {
  const fixed = { prediction: `${under}prediction`, class: `${under}class` }
  if (isOldSchema(schemaVersion)) return { ...fixed, probabilities: classes.map(({ name }) => oldProbability(name)) }
  const { numbers } = classNames('', classes, new PlainNames())
  return { ...fixed, probabilities: numbers.map((name) => `${under}${name}`) }
}

/** The name under which a batch carries the numbers of an output: models may call theirs alike. */
export const answerKey = ({ name, under = '' }: Pick<ModelOutput, 'name' | 'under'>): string => `${under}${name}`

/** For each output. Those of a model's first output of classes are taken first: they never depend on the others. */
export function outputNames(outputs: readonly Named[]): readonly OutputNames[] {
  const models = [...new Set(outputs.map(({ under = '' }) => under))]
  const names = models.flatMap((model) => {
    const own = outputs.filter(({ under = '' }) => under === model)
    return namesOfModel(own).map((one, i) => [own[i]!, below(model, one)] as const)
  })
  const of = new Map(names)
  return outputs.map((output) => of.get(output)!)
}

function namesOfModel(outputs: readonly Named[]): readonly OutputNames[] {
  const names = new PlainNames()
  const first = outputs.find(({ kind }) => kind === 'classes')
  const firstNames = first && classNames('', first.classes, names)
  return outputs.map((output, i): OutputNames => {
    const { name, kind, classes } = output
    if (output === first) return firstNames!
    if (kind === 'features') return { ...none, vector: names.alone('features', name, i) }
    if (kind === 'values') return { ...none, numbers: classes.map((value, k) => names.alone('value', value.name, k)) }
    return classNames(`${standing('output', name, i)}_`, classes, names)
  })
}

const below = (under: string, { prediction, class: name, numbers, vector }: OutputNames): OutputNames => ({
  prediction: prediction && `${under}${prediction}`,
  class: name && `${under}${name}`,
  numbers: numbers.map((number) => `${under}${number}`),
  vector: vector && `${under}${vector}`,
})

const none: OutputNames = { prediction: '', class: '', numbers: [], vector: '' }

function classNames(front: string, classes: Named['classes'], names: PlainNames): OutputNames {
  return {
    ...none,
    prediction: names.behind(front, 'prediction', 0),
    class: names.behind(front, 'class', 0),
    numbers: classes.map(({ name }, i) => names.behind(`${front}prob_`, name, i)),
  }
}

export function outputColumns(outputs: readonly ModelOutput[]): readonly Column[] {
  const all = outputNames(outputs)
  return outputs.flatMap(({ name, kind, classes, width, about, element }, o): Column[] => {
    const names = all[o]!
    if (kind === 'features') {
      return [
        {
          name: names.vector,
          type: 'vector',
          size: width,
          ...(element ? { element } : {}),
          nullable: true,
          about: `Output '${name}' of the model.`,
        },
      ]
    }
    if (kind === 'values') {
      return names.numbers.map((column, i) => ({ name: column, type: 'float32', nullable: true, about: about[i] ?? '' }))
    }
    const half = classes.length === 1 ? ', null when its probability is below one half' : ''
    return [
      { name: names.prediction, type: 'int32', nullable: true, about: `Index of the most probable class${half}.` },
      { name: names.class, type: 'category', nullable: true, about: `Name of the most probable class${half}.` },
      ...names.numbers.map((column, i): Column => {
        return { name: column, type: 'float32', nullable: true, about: `Probability of ${classes[i]!.name}, 0 to 1.` }
      }),
    ]
  })
}
