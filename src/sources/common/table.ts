/** A CSV list: the first line names the columns. */

import { withoutSecrets } from '../../core/address.js'
import { CsvFault, csvLines } from '../../core/csv/lines.js'
import type { Separator } from '../../core/csv/separator.js'
import { PipelineError } from '../../core/errors.js'
import { counted } from '../../core/text/counted.js'
import { asOurs, mustNameFiles } from './column-names.js'
import { type AskedUntil, listText } from './list-text.js'

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
export async function readTable(place: string, own: readonly string[], remote?: AskedUntil): Promise<Table> {
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
async function linesOf(place: string, remote?: AskedUntil): Promise<{ readonly separator: Separator; readonly lines: Line[] }> {
  const lines: Line[] = []
  try {
    const separator = await csvLines(listText(place, remote), ['uri'], (fields, line) => lines.push({ line, fields }))
    return { separator, lines }
  } catch (cause) {
    if (!(cause instanceof CsvFault)) throw cause
    const { what, hint, line } = cause
    throw new PipelineError('LIST_INVALID', what, { hint, at: { file: withoutSecrets(place), line, column: 1 }, cause })
  }
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
