/** Whether a batch that somebody else made is one of a table's: what it holds is believed by all who come after. */

import { type Batch, type ColumnData, nullsIn } from '../batch.js'
import type { Column } from '../row.js'

/** Why not, in a sentence that reads on from `a batch`; undefined when it is. */
export function batchProblem(columns: readonly Column[], batch: Batch): string | undefined {
  const { length, columns: data } = batch ?? {}
  if (!Number.isSafeInteger(length) || length < 0 || !Array.isArray(data)) return "that is none: it has a 'length' and 'columns'"
  if (data.length !== columns.length)
    return `of ${data.length} columns, and there are ${columns.length}: ${columns.map(({ name }) => name).join(', ')}`
  for (const [i, column] of columns.entries()) {
    const problem = columnProblem(column, data[i]!, length)
    if (problem !== undefined) return `whose column '${column.name}' ${problem}`
  }
  return undefined
}

function columnProblem({ type, size, element, nullable }: Column, data: ColumnData, length: number): string | undefined {
  if (data?.type !== type) return `is ${data?.type}, and must be ${type}`
  const { valid } = data
  if (valid !== null && !(valid instanceof Uint8Array && valid.length >= Math.ceil(length / 8)))
    return 'has no bitmap of what is there, nor null for all'
  if (!nullable && nullsIn(data, length) > 0) return 'has nulls, and must not'
  const [held, kinds] = numbersOf(data, element)
  if (!kinds.some((kind) => held instanceof kind)) return `holds other numbers than ${kinds.map(({ name }) => name).join(' or ')}`
  if (data.type === 'vector' && data.size !== size) return `has vectors of ${data.size} numbers, and they must have ${size}`
  const wanted = lengthOf(data, length)
  if (held.length < wanted) return `holds ${held.length} entries for ${length} rows: ${wanted} are needed`
  return wordProblem(data, length)
}

type Numbers = Int32Array | Float32Array | Float64Array | Uint8Array | Uint16Array

function numbersOf(data: ColumnData, element: Column['element']): readonly [Numbers, readonly (new () => Numbers)[]] {
  switch (data.type) {
    case 'int32':
      return [data.values, [Int32Array]]
    case 'float32':
      return [data.values, [Float32Array]]
    case 'float64':
      return [data.values, [Float64Array]]
    case 'bool':
      return [data.values, [Uint8Array]]
    case 'string':
      return [data.offsets, [Int32Array]]
    case 'category':
      return [data.codes, [Int32Array]]
    case 'vector':
      return [data.values, [element === 'float16' ? Uint16Array : Float32Array]]
  }
}

function lengthOf(data: ColumnData, rows: number): number {
  if (data.type === 'bool') return Math.ceil(rows / 8)
  if (data.type === 'vector') return rows * data.size
  return data.type === 'string' ? rows + 1 : rows
}

/** Text that goes beyond its bytes, a word that is not among the words. */
function wordProblem(data: ColumnData, length: number): string | undefined {
  if (data.type === 'string') {
    const { offsets, bytes } = data
    for (let i = 0; i < length; i++) if (offsets[i]! > offsets[i + 1]! || offsets[i]! < 0) return 'has offsets that do not go up'
    return bytes instanceof Uint8Array && offsets[length]! <= bytes.length ? undefined : 'has texts beyond its bytes'
  }
  if (data.type !== 'category') return undefined
  const { codes, words } = data
  for (let i = 0; i < length; i++)
    if (!(codes[i]! >= 0 && codes[i]! < Math.max(1, words.length))) return `has a word ${codes[i]} of ${words.length}`
  return undefined
}
