/** A vector as hyparquet gives it: a LIST comes as an array of numbers, a binary as bytes; float16 is widened. */

import { PipelineError } from '../../core/errors.js'
import type { Column } from '../../core/row.js'
import { fromHalves } from '../../geometry/half.js'

/** `path`: of the table, for the message. A LIST may be of any length: one of another than the column says would be filled up with zeros, or run into the next. */
export function vectorOf(path: string, value: unknown, { name, size, element }: Column): Float32Array {
  const vector = value instanceof Uint8Array ? numbersOf(value.slice().buffer, element) : Float32Array.from(value as ArrayLike<number>)
  if (vector.length === size) return vector
  throw new PipelineError('TABLE_UNREADABLE', `${path}: column '${name}' is of vectors of ${size} numbers, but one has ${vector.length}`, {
    hint: 'another program changed it: name the table that the run wrote',
  })
}

const numbersOf = (buffer: ArrayBuffer, element: Column['element']): Float32Array =>
  element === 'float16' ? fromHalves(new Uint16Array(buffer)) : new Float32Array(buffer)
