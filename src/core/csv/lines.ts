/**
 * The lines of a CSV list: csv-parse's doorway. RFC 4180 quoting, with commas, semicolons or tabs. A BOM, and lines that are empty or hold separators
 * alone, are let pass.
 */

import { pipeline } from 'node:stream/promises'
import type { Options } from 'csv-parse'
import { counted } from '../text/counted.js'
import { beginOf, type Separator, separationOf } from './separator.js'

/** No line of a list is longer; one that is has an open quote, or texts that are no part of a list. */
const longestLine = 2 ** 20

/** What of a list cannot be read as CSV, and where that begins: an open quote takes all that follows with it. */
export class CsvFault extends RangeError {
  constructor(
    readonly line: number,
    /** Says "this line". */
    readonly what: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(`line ${line}: ${what}`, options)
  }
}

type Take = (fields: readonly string[], line: number) => void

/**
 * Hands on every line that holds something, with its number in the file, from 1; the first one is that of the names. Returns what separates the columns:
 * what gives one of the `wanted` names, if that can be. The pieces are read to their end, or ended. Throws CsvFault.
 */
export async function csvLines(pieces: AsyncGenerator<string>, wanted: readonly string[], take: Take): Promise<Separator> {
  try {
    return await linesOf(pieces, wanted, take)
  } finally {
    // A fault in what was read before the parser began does not reach them: their file would stay open.
    await pieces.return(undefined)
  }
}

async function linesOf(pieces: AsyncGenerator<string>, wanted: readonly string[], take: Take): Promise<Separator> {
  let text = ''
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    text += next.value
    if (beginOf(text) !== undefined || text.length > longestLine) break
  }
  const { separator, said } = separationOf(beginOf(text) ?? text, wanted)
  let last = 0
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
      take(fields, line)
      last = line
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
    throw cause instanceof CsvError ? faultOf(cause, last + 1) : cause
  }
  return separator
}

const openQuotes = ['CSV_QUOTE_NOT_CLOSED', 'CSV_INVALID_CLOSING_QUOTE', 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE']

function faultOf(cause: Error & { readonly code: string }, line: number): CsvFault {
  if (cause.code === 'CSV_MAX_RECORD_SIZE') {
    const hint = 'if it is short, a quote begins in it that does not end; else leave out the columns of long texts'
    return new CsvFault(line, `this line has more than ${counted(longestLine, 'letter')}`, hint, { cause })
  }
  const what = openQuotes.includes(cause.code)
    ? 'a quote that begins in this line does not end as it should'
    : 'a quote stands within a value of this line'
  return new CsvFault(line, what, 'a value that holds a quote is written in quotes, and each quote in it twice: "2"" lens"', { cause })
}
