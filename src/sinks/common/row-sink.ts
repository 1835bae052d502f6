/** A sink that looks at its rows one by one. */

import type { Writable } from 'node:stream'
import type { Column, Row } from '../../core/row.js'
import { rowsOf } from '../../core/rows-of.js'
import { type BatchWriter, batchSink } from './batch-sink.js'

export interface RowWriter extends Omit<BatchWriter, 'write'> {
  readonly columns: readonly Column[]
  readonly write: (rows: readonly Row[]) => Promise<void>
}

export function rowSink({ columns, write, ...rest }: RowWriter): Writable {
  return batchSink({ ...rest, write: (pieces) => write(pieces.flatMap((batch) => rowsOf(columns, batch))) })
}
