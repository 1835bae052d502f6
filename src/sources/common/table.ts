/**
 * A CSV list: csv-parse's doorway. The first line names the columns; RFC 4180 quoting, with commas, semicolons or tabs. A BOM, and lines
 * that are empty or hold separators alone, are let pass.
 */

import { pipeline } from 'node:stream/promises'
import type { CsvError, Options } from 'csv-parse'
import { type RemoteOptions, withoutSecrets } from '../../core/address.js'
import { counted } from '../../core/counted.js'
import { PipelineError } from '../../core/errors.js'
import { asOurs, mustNameFiles } from './column-names.js'
import { listText } from './list-text.js'
import { beginOf, type Separator, separationOf } from './separator.js'

/** No line of a list is longer; one that is has an open quote, or texts that are no part of a list. */
const longestLine = 2 ** 20

export interface TableRow {
  /** Line in the file, from 1. */
  readonly line: number
  readonly values: Readonly<Record<string, string>>
}

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly TableRow[]
  /** Where a comma separates no columns, it may be that of a number. */
  readonly decimalComma: boolean
}

interface Line {
  readonly line: number
  readonly fields: readonly string[]
}

/** Reads a list with a column uri, at a path or an address. Columns that are `own` in any case of letters get our name. */
export async function readTable(place: string, own: readonly string[], remote?: RemoteOptions): Promise<Table> {
  const file = withoutSecrets(place)
  const { separator, lines } = await linesOf(place, remote)
  const header = lines.shift()
  if (!header)
    throw new PipelineError('LIST_INVALID', `the list ${file} is empty`, {
      hint: 'its first line must name the columns: uri, and if wanted others',
      at: { file, line: 1, column: 1 },
    })
  const columns = asOurs(withoutEmptyEnd(header.fields, lines), own, file)
  mustNameFiles(columns, lines[0]?.fields ?? [], file)
  mustFit(lines, header.fields.length, separator, file)
  return {
    columns,
    rows: lines.map(({ line, fields }) => ({ line, values: Object.fromEntries(columns.map((name, i) => [name, fields[i]!])) })),
    decimalComma: separator !== ',',
  }
}

/** All lines that hold something; the first one is that of the names. */
async function linesOf(place: string, remote?: RemoteOptions): Promise<{ readonly separator: Separator; readonly lines: Line[] }> {
  const pieces = listText(place, remote)
  let text = ''
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    text += next.value
    if (beginOf(text) !== undefined || text.length > longestLine) break
  }
  const { separator, said } = separationOf(beginOf(text) ?? text, 'uri')
  const lines: Line[] = []
  const options: Options = {
    bom: true,
    delimiter: separator,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    trim: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    max_record_size: longestLine,
    from_line: said ? 2 : 1,
    on_record: (fields: string[], { lines: line }) => {
      lines.push({ line, fields })
      return null
    },
  }
  // Loaded when there is a list: most pipelines have none.
  const { CsvError, parse } = await import('csv-parse')
  try {
    const all = async function* () {
      yield text
      yield* pieces
    }
    await pipeline(all, parse(options), async (none) => {
      for await (const _ of none);
    })
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    throw notCsv(cause, withoutSecrets(place), (lines.at(-1)?.line ?? 0) + 1)
  }
  return { separator, lines }
}

/** `line` is where the part begins that cannot be read: an open quote takes all that follows with it. */
function notCsv(cause: CsvError, file: string, line: number): PipelineError {
  const open = ['CSV_QUOTE_NOT_CLOSED', 'CSV_INVALID_CLOSING_QUOTE', 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE']
  const at = { file, line, column: 1 }
  if (cause.code === 'CSV_MAX_RECORD_SIZE')
    return new PipelineError('LIST_INVALID', `this line has more than ${counted(longestLine, 'letter')}`, {
      hint: 'if it is short, a quote begins in it that does not end; else leave out the columns of long texts',
      at,
      cause,
    })
  const what = open.includes(cause.code)
    ? 'a quote that begins in this line does not end as it should'
    : 'a quote stands within a value of this line'
  return new PipelineError('LIST_INVALID', what, {
    hint: 'a value that holds a quote is written in quotes, and each quote in it twice: "2"" lens"',
    at,
    cause,
  })
}

/** Spreadsheets write empty columns behind the last one. */
function withoutEmptyEnd(names: readonly string[], lines: readonly Line[]): readonly string[] {
  let count = names.length
  while (count > 1 && names[count - 1] === '' && lines.every(({ fields }) => (fields[count - 1] ?? '') === '')) count--
  return names.slice(0, count)
}

/** A line of another number of fields has a separator too many or too few: which value is whose cannot be known. */
function mustFit(lines: readonly Line[], columns: number, separator: Separator, file: string): void {
  const misfits = lines.filter(({ fields }) => fields.length !== columns)
  const [first] = misfits
  if (!first) return
  const { fields, line } = first
  const others = misfits.length - 1
  const more = others === 0 ? '' : ` (and ${counted(others, 'more line')})`
  const what = `this line has ${counted(fields.length, 'field')}, the first line names ${counted(columns, 'column')}${more}`
  throw new PipelineError('LIST_INVALID', what, { hint: misfitHint(fields, columns, separator), at: { file, line, column: 1 } })
}

const called = { ',': 'comma', ';': 'semicolon', '\t': 'tab' } as const

function misfitHint(fields: readonly string[], columns: number, separator: Separator): string {
  const name = called[separator]
  if (fields.length < columns) {
    const other = fields.length === 1 ? ([',', ';', '\t'] as const).find((one) => one !== separator && fields[0]!.includes(one)) : undefined
    if (other !== undefined) return `the first line is separated by ${name}s, this one by ${called[other]}s`
    return `an empty value has its ${name}, too; in quotes a line break is part of a value`
  }
  const split = fields.findIndex((field, i) => /^\d+$/.test(field) && /^\d+$/.test(fields[i + 1] ?? ''))
  const value = split < 0 ? `"a${separator} b"` : `"${fields[split]}${separator}${fields[split + 1]}"`
  const point = split >= 0 && separator === ',' ? `, and the decimal sign of mpp is a point: ${fields[split]}.${fields[split + 1]}` : ''
  return `quote a value that holds a ${name}: ${value}${point}`
}
