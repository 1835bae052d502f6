/** A folder called `label=a` is a column to who opens a folder of tables as one. */

import path from 'node:path'
import type { Column } from '../../core/row.js'

/** `files`: what the Parquet sinks write, below the output. One sentence for each folder that takes the place of a column of the tables. */
export function pathColumns(output: string, files: readonly string[], columns: readonly Column[]): readonly string[] {
  const folders = new Set(files.flatMap((file) => `${output}/${path.posix.dirname(file)}`.split(/[/\\]/)))
  return [...folders].flatMap((folder) => {
    const [, name] = /^([^=]+)=/.exec(folder) ?? []
    const column = columns.find((one) => one.name.toLowerCase() === name?.toLowerCase())
    if (column === undefined) return []
    return [
      `DuckDB and Spark take the folder '${folder}' for a column, and its word for what the tables say in their column ${column.name}: give the output, or the sink's file:, another name`,
    ]
  })
}
