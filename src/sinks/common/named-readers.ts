/** A batch for those who want few of its values, by the name of the column: no rows are made of it. */

import type { Batch } from '../../core/batch.js'
import { readerOf } from '../../core/batches/rows-of.js'
import { nameIn } from '../../core/columns/old-names.js'
import type { Column, Value } from '../../core/row.js'

/** What reads the value of a row in the column of this name; null where there is no such column. An old table has it by its old name. */
export type NamedReaders = (name: string) => (i: number) => Value

export function namedReaders(columns: readonly Column[], batch: Batch): NamedReaders {
  const readers = new Map(columns.map(({ name }, c) => [name, batch.columns[c]!]))
  return (name) => {
    const column = readers.get(nameIn(columns, name))
    return column ? readerOf(column) : () => null
  }
}
