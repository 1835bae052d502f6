/**
 * Whether what draws from probabilities shows the classes that the rows say. A function that shapes rows may change the class (smooth it, or vote) and
 * leave the probabilities as the model gave them: its maps then show the model's classes beside a table that has others.
 */

import { type Batch, hasValue } from '../../core/batch.js'
import { provenanceFor } from '../../core/columns/asked.js'
import { classColumns } from '../../core/columns/output-columns.js'
import type { Plan } from '../plan/plan-type.js'

/** Sinks that go by the highest probability, where there is one of each class. */
const drawing = ['map', 'overlay', 'samples']

interface Drawn {
  readonly sinks: string[]
  readonly said: string
  readonly prediction: number
  readonly probabilities: readonly number[]
}

export class DrawnClasses {
  /** By the name of the column that says the class: those of which nothing is told yet. */
  readonly #drawn = new Map<string, Drawn>()

  constructor({ sinks, columns, provenance }: Pick<Plan, 'sinks' | 'columns' | 'provenance'>) {
    const at = (name: string) => columns.findIndex((column) => column.name === name)
    for (const { name, options } of sinks) {
      // With `class`, what is drawn is a probability.
      if (!drawing.includes(name) || options.class !== undefined) continue
      const named = typeof options.model === 'string' ? provenanceFor(provenance, options.model) : provenance
      const output = typeof named === 'string' ? undefined : named.model?.outputs.find(({ kind }) => kind === 'classes')
      if (!output) continue
      const { prediction: said, probabilities } = classColumns(output)
      const drawn = this.#drawn.get(said) ?? { sinks: [], said, prediction: at(said), probabilities: probabilities.map(at) }
      if (!drawn.sinks.includes(name)) drawn.sinks.push(name)
      if (![drawn.prediction, ...drawn.probabilities].includes(-1)) this.#drawn.set(said, drawn)
    }
  }

  /** What is told of the rows of a batch, of each model once. */
  apart(batch: Batch): readonly string[] {
    return [...this.#drawn.values()]
      .filter((drawn) => isApart(batch, drawn))
      .map(({ sinks, said }) => {
        this.#drawn.delete(said)
        return `have a ${said} that is not the class of their highest probability, which is what ${sinks.join(' and ')} ${sinks.length > 1 ? 'show' : 'shows'}: change the probabilities as well, or leave them out (keep:)`
      })
  }
}

function isApart({ columns, length }: Batch, { prediction, probabilities }: Drawn): boolean {
  const said = columns[prediction]!
  const shares = probabilities.map((at) => columns[at]!)
  for (let i = 0; i < length; i++) {
    let highest = Number.NEGATIVE_INFINITY
    let own = Number.NaN
    let isWhole = true
    for (const [c, share] of shares.entries()) {
      const value = 'values' in share && hasValue(share, i) ? Number(share.values[i]) : Number.NaN
      if (Number.isNaN(value)) isWhole = false
      if (value > highest) highest = value
      if ('values' in said && hasValue(said, i) && said.values[i] === c) own = value
    }
    // Of two that are equal either is the highest. What has no probabilities is not drawn.
    if (isWhole && !(own === highest)) return true
  }
  return false
}
