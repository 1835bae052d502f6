/**
 * Tables that have the size of when their slide was done, and other bytes: another program has written to them. Their time says which are looked at
 * (later than their receipt), and nothing more; their sha256 says what is so.
 */

import { stat } from 'node:fs/promises'
import { isAddress } from '../../core/address.js'
import { inTurns } from './in-turns.js'
import { placeIn } from './layout.js'
import { receiptName } from './receipts.js'
import type { ResultStore } from './result-store.js'
import { sha256OfFile } from './sha256-of-file.js'

export interface DoneTable {
  readonly slide: string
  readonly file: string
  readonly bytes: number
  /** Absent, or null, of a folder, and from a receipt of an earlier version. */
  readonly sha256?: string | null | undefined
}

/** Of a copy without the times of its files all may be later than their receipts: so much is read, the latest first. */
const MOST_BYTES = 2 ** 30
/** ms: times of some file systems are no finer, and two machines that write have two clocks. */
const LATER = 5000

/** Names, in the order of the tables. (A bucket tells no time at which a file was changed: objects are replaced.) */
export async function rewrittenTables(store: Pick<ResultStore, 'place'>, tables: readonly DoneTable[]): Promise<readonly string[]> {
  if (isAddress(store.place)) return []
  const timeOf = async (name: string) => (await stat(placeIn(store, name)).catch(() => null))?.mtimeMs
  const later: { readonly table: DoneTable; readonly time: number }[] = []
  await inTurns(tables, async (table) => {
    if (typeof table.sha256 !== 'string') return
    const [time, done] = [await timeOf(table.file), await timeOf(receiptName(table.slide))]
    if (time !== undefined && done !== undefined && time > done + LATER) later.push({ table, time })
  })
  const found = new Set<DoneTable>()
  let left = MOST_BYTES
  for (const { table } of later.sort((a, b) => b.time - a.time)) {
    left -= table.bytes
    if (left < 0) break
    if ((await sha256OfFile(placeIn(store, table.file)).catch(() => table.sha256)) !== table.sha256) found.add(table)
  }
  return tables.filter((table) => found.has(table)).map(({ file }) => file)
}
