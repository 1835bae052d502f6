/** What a table is, in numbers and names: for people who have just been given one. */

import { withoutSecrets } from '../core/address.js'
import type { Batch } from '../core/batch.js'
import { sliceOf } from '../core/batches/rearrange.js'
import { readerOf, rowsOf } from '../core/batches/rows-of.js'
import type { Column, Row } from '../core/row.js'
import { slidePlace } from '../pipeline/store/slide-place.js'
import type { TableMetadata } from '../sinks/common/metadata.js'
import { readTable } from './read-table.js'
import { namesOf } from './tables.js'

export interface TableFacts {
  readonly file: string
  /** Where its slide lies, as the receipt beside the table says; null where there is none. */
  readonly uri: string | null
  readonly rows: number
  readonly columns: readonly Column[]
  /** Rows of each class, of the model's classes also those without a row; null where the rows name no class. */
  readonly classes: Readonly<Record<string, number>> | null
  /** Rows that name no class: the patch could not be read, or the model had no answer. */
  readonly withoutClass: number
  readonly first: readonly Row[]
  /** What made it, without its columns. */
  readonly provenance: Omit<TableMetadata, 'columns'>
}

const shown = 5

/** Reads the whole table once. Throws TABLE_FOREIGN or TABLE_UNREADABLE. */
export async function factsOf(file: string): Promise<TableFacts> {
  const table = await readTable(file)
  const { metadata } = table
  const count = new Count(metadata)
  for await (const batch of table) count.see(batch)
  return count.facts(withoutSecrets(file), (await slidePlace(file, metadata.slide))?.uri ?? null)
}

class Count {
  readonly #metadata: TableMetadata
  readonly #classes = new Map<string, number>()
  readonly #first: Row[] = []
  /** The place of the column that names the class; -1 where there is none. */
  readonly #class: number
  #rows = 0
  #without = 0

  constructor(metadata: TableMetadata) {
    this.#metadata = metadata
    const named = namesOf({ metadata }).class
    this.#class = metadata.columns.findIndex(({ name }) => name === named)
    const output = metadata.model?.outputs.find(({ kind }) => kind === 'classes')
    for (const { name } of output?.classes ?? []) this.#classes.set(name, 0)
  }

  see(batch: Batch): void {
    this.#rows += batch.length
    const more = Math.min(shown - this.#first.length, batch.length)
    if (more > 0) this.#first.push(...rowsOf(this.#metadata.columns as readonly Column[], sliceOf(batch, 0, more)))
    const words = batch.columns[this.#class]
    if (!words) return
    const wordAt = readerOf(words)
    for (let i = 0; i < batch.length; i++) {
      const name = wordAt(i)
      if (typeof name === 'string') this.#classes.set(name, (this.#classes.get(name) ?? 0) + 1)
      else this.#without++
    }
  }

  facts(file: string, uri: string | null): TableFacts {
    const { columns, ...provenance } = this.#metadata
    return {
      file,
      uri,
      rows: this.#rows,
      columns: columns as readonly Column[],
      classes: this.#class >= 0 ? Object.fromEntries(this.#classes) : null,
      withoutClass: this.#without,
      first: this.#first,
      provenance,
    }
  }
}
