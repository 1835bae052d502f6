/** The probabilities of one class, read from the table when they are asked for: a model may have hundreds of classes. */

import { readColumns } from '../../sinks/parquet/read-columns.js'

/** Classes held at a time, 4 bytes a patch: the one looked at, and the one before. */
const mostHeld = 2

export class Heats {
  readonly #held = new Map<string, Promise<Float32Array>>()

  constructor(
    private readonly table: string,
    private readonly count: number,
  ) {}

  /** By patch; NaN where there is none. */
  of(column: string): Promise<Float32Array> {
    const known = this.#held.get(column)
    this.#held.delete(column)
    const heat = known ?? this.#read(column)
    this.#held.set(column, heat)
    if (!known) heat.catch(() => this.#held.get(column) === heat && this.#held.delete(column))
    for (const other of this.#held.keys()) {
      if (this.#held.size <= mostHeld) break
      this.#held.delete(other)
    }
    return heat
  }

  async #read(column: string): Promise<Float32Array> {
    const heat = new Float32Array(this.count).fill(Number.NaN)
    for await (const { first, count, values } of readColumns(this.table, [column])) {
      for (let k = 0; k < count && first + k < heat.length; k++) {
        const value = values[column]?.[k]
        if (typeof value === 'number' && Number.isFinite(value)) heat[first + k] = value
      }
    }
    return heat
  }
}
