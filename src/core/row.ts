/** Rows and their columns: one flat record per patch, described before the first one flows. */

export type Value = number | string | boolean | Float32Array | null
export type Row = Record<string, Value>

/** A named value found on the way to a row. */
export type PatchNote = number | string | boolean | null

/**
 * `int32`, `float32`, `float64`: numbers. `string`: UTF-8. `category`: a string out of few (dictionary-encoded where the format can).
 * `bool`. `vector`: a fixed number (`size`) of float32, or of float16 where its `element` says so (in a row they are widened to float32).
 * Any value may be null when `nullable`.
 */
export const columnTypes = ['int32', 'float32', 'float64', 'string', 'category', 'bool', 'vector'] as const
export type ColumnType = (typeof columnTypes)[number]

export type VectorElement = 'float32' | 'float16'

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable?: boolean
  /** Length of a `vector`. */
  readonly size?: number
  /** Numbers of a `vector`; float32 unless given. */
  readonly element?: VectorElement
  /** One sentence: what it is, with its unit. */
  readonly about: string
}
