/** Places in a CSV list: the first line names the columns. */

import { encodingOf } from '../../core/csv/encoding.js'
import { csvLines } from '../../core/csv/lines.js'
import type { Places } from '../../geometry/placed.js'
import { PlaceTable, placeNames } from './place-table.js'

/** All of a list. Throws RangeError. */
export async function placesInCsv(bytes: Uint8Array): Promise<Places> {
  let table: PlaceTable | undefined
  await csvLines(textOf(bytes), placeNames, (fields, line) => {
    if (table === undefined) table = new PlaceTable(fields)
    else table.add((at) => fields[at], `line ${line}`)
  })
  if (table === undefined) throw new RangeError('it is empty')
  return table.places()
}

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
