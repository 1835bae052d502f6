/** What both engines are asked for and give back. */

import type { Batch } from '../../core/batch.js'
import type { Shape } from './hyparquet.js'

export interface ParquetOptions extends Shape {
  readonly file: string
  readonly engine: 'hyparquet' | 'parquetjs'
  readonly row_group: number
}

export interface TableWriter {
  /** One row group. */
  readonly group: (pieces: readonly Batch[], rows: number) => Promise<void>
  readonly footer: () => Promise<void>
}
