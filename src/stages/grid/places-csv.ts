/** Places in a CSV list: the first line names the columns. */

import { encodingOf } from '../../core/csv/encoding.js'
import { csvLines } from '../../core/csv/lines.js'
import type { Places } from '../../geometry/placed.js'
import { PlaceTable, placeNames } from './place-table.js'

/** All of a list. Throws RangeError. */
export async function placesInCsv(bytes: Uint8Array): Promise<Places> {
  let table: PlaceTable | undefined
  let [columns, asked]: [number, readonly number[]] = [0, []]
  /** The first of `1.000` and its like. */
  let dotted: string | undefined
  const separator = await csvLines(textOf(bytes), placeNames, (fields, line) => {
    if (table === undefined) {
      table = new PlaceTable(fields)
      columns = fields.length
      asked = table.columns
      return
    }
    // As R writes names of rows: before all columns, and without a name.
    if (fields.slice(columns).some((field) => field !== ''))
      throw new RangeError(`line ${line} has ${fields.length} fields, and the first line names ${columns} columns`)
    const at = dotted === undefined ? asked.find((column) => thousands.test(fields[column] ?? '')) : undefined
    if (at !== undefined) dotted = `line ${line} has '${fields[at]}'`
    table.add((column) => fields[column], `line ${line}`)
  })
  if (table === undefined) throw new RangeError('it is empty')
  if (separator !== ',' && dotted !== undefined)
    throw new RangeError(`${dotted}, which may be of thousands: write numbers without marks between them`)
  return table.places()
}

/** In a list without commas between its columns the point may stand between thousands. */
const thousands = /^[1-9]\d{0,2}(\.\d{3})+$/

const pieceBytes = 2 ** 20

async function* textOf(bytes: Uint8Array): AsyncGenerator<string> {
  const encoding = encodingOf(bytes)
  const decoder = new TextDecoder(encoding, { fatal: true })
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield decoder.decode(bytes.subarray(at, at + pieceBytes), { stream: true })
    yield decoder.decode()
  } catch {
    throw new RangeError(`it is no ${encoding.toUpperCase()} text: save it as CSV in UTF-8`)
  }
}
