/** What a table is, in numbers and names: for people who have just been given one. */

import { withoutSecrets } from '../core/address.js'
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
  const { metadata, rows } = await readTable(file)
  const count = new Count(metadata)
  for await (const row of rows()) count.see(row)
  return count.facts(withoutSecrets(file), await slidePlace(file, metadata.slide))
}

class Count {
  readonly #metadata: TableMetadata
  readonly #classes = new Map<string, number>()
  readonly #first: Row[] = []
  /** The column that names the class. */
  readonly #class: string
  readonly #named: boolean
  #rows = 0
  #without = 0

  constructor(metadata: TableMetadata) {
    this.#metadata = metadata
    this.#class = namesOf({ metadata }).class
    this.#named = metadata.columns.some(({ name }) => name === this.#class)
    const output = metadata.model?.outputs.find(({ kind }) => kind === 'classes')
    for (const { name } of output?.classes ?? []) this.#classes.set(name, 0)
  }

  see(row: Row): void {
    this.#rows++
    if (this.#first.length < shown) this.#first.push(row)
    if (!this.#named) return
    const name = row[this.#class]
    if (typeof name === 'string') this.#classes.set(name, (this.#classes.get(name) ?? 0) + 1)
    else this.#without++
  }

  facts(file: string, uri: string | null): TableFacts {
    const { columns, ...provenance } = this.#metadata
    return {
      file,
      uri,
      rows: this.#rows,
      columns: columns as readonly Column[],
      classes: this.#named ? Object.fromEntries(this.#classes) : null,
      withoutClass: this.#without,
      first: this.#first,
      provenance,
    }
  }
}
