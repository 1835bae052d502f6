/** How many patches were given each class, of each model that was asked: counted from the rows as they go to the sinks. */

import { type Batch, hasValue } from '../../core/batch.js'
import { modelsOf } from '../../core/columns/asked.js'
import { classColumns } from '../../core/columns/output-columns.js'
import type { Column } from '../../core/row.js'
import type { Provenance } from '../../core/sink.js'
import type { AskedOfSlide } from '../store/receipts.js'

interface Counted {
  readonly asked: Omit<AskedOfSlide, 'classes'>
  readonly classes: readonly string[]
  /** Where in the rows the class is said; -1: nowhere. */
  readonly column: number
  readonly patches: Map<string, number>
}

export class ClassCount {
  readonly #models: readonly Counted[]

  constructor(columns: readonly Column[], provenance: Provenance) {
    this.#models = modelsOf(provenance).map(({ name, sha256, outputs }): Counted => {
      const output = outputs.find(({ kind }) => kind === 'classes')
      const under = outputs[0]?.under ?? ''
      const column = output ? columns.findIndex((one) => one.name === classColumns(output).class && one.type === 'category') : -1
      return {
        asked: { name, sha256, ...(under === '' ? {} : { under }) },
        classes: column < 0 ? [] : output!.classes.map((one) => one.name),
        column,
        patches: new Map(),
      }
    })
  }

  add({ columns, length }: Batch): void {
    for (const { column, patches } of this.#models) {
      const data = columns[column]
      if (data?.type !== 'category') continue
      const counts = new Int32Array(data.words.length)
      for (let i = 0; i < length; i++) if (hasValue(data, i)) counts[data.codes[i]!]!++
      for (const [code, word] of data.words.entries()) if (counts[code]! > 0) patches.set(word, (patches.get(word) ?? 0) + counts[code]!)
    }
  }

  get models(): readonly AskedOfSlide[] {
    return this.#models.map(({ asked, classes, column, patches }) => ({
      ...asked,
      ...(column < 0 ? {} : { classes: classes.map((name) => ({ name, patches: patches.get(name) ?? 0 })) }),
    }))
  }
}
