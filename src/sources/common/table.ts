/** A CSV list: csv-parse's doorway. First line names the columns; RFC 4180 quoting; a BOM and blank lines are let pass. */

import { readFile, stat } from 'node:fs/promises'
import { PipelineError } from '../../core/errors.js'

/** A cohort of a million slides with a few columns. */
const mostBytes = 256 * 1024 * 1024

export interface TableRow {
  /** Line in the file, from 1. */
  readonly line: number
  readonly values: Readonly<Record<string, string>>
}

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly TableRow[]
}

export async function readTable(file: string): Promise<Table> {
  const text = await textOf(file)
  // Loaded when there is a list: most pipelines have none.
  const { CsvError, parse } = await import('csv-parse/sync')
  let records: { record: string[]; info: { lines: number } }[]
  try {
    records = parse(text, { bom: true, info: true, trim: true, skip_empty_lines: true }) as unknown as typeof records
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    const line = Number(cause.lines) || 1
    throw new PipelineError('LIST_INVALID', `this is no CSV: ${cause.message}`, { at: { file, line, column: 1 }, cause })
  }
  const [header, ...rest] = records
  if (!header)
    throw new PipelineError('LIST_INVALID', 'this list is empty: its first line must name the columns', {
      at: { file, line: 1, column: 1 },
    })
  const columns = header.record
  const twice = columns.find((name, i) => columns.indexOf(name) !== i)
  if (twice !== undefined || columns.includes('')) {
    const what = twice ? `the column '${twice}' is there twice` : 'a column has no name'
    throw new PipelineError('LIST_INVALID', what, { at: { file, line: 1, column: 1 } })
  }
  return {
    columns,
    rows: rest.map(({ record, info }) => ({
      line: info.lines,
      values: Object.fromEntries(columns.map((name, i) => [name, record[i] ?? ''])),
    })),
  }
}

async function textOf(file: string): Promise<string> {
  const at = { file, line: 1, column: 1 }
  try {
    const { size } = await stat(file)
    if (size > mostBytes) throw new PipelineError('FILE_TOO_LARGE', `this list has ${size} bytes; at most ${mostBytes} are read`, { at })
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new PipelineError('FILE_MISSING', `there is no list at ${file}`, { cause })
    throw new PipelineError('FILE_UNREADABLE', `the list cannot be read: ${message}`, { at, cause })
  }
}
