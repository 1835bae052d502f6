/**
 * The commit of one slide: row counts compared, every draft published, then the receipt, which only one can write. That is the commit: before it
 * the slide is not done, after it it is. Nothing else publishes the results of a run.
 */

import { SinkError } from '../../core/errors.js'
import type { Lease } from './lease.js'
import { type Receipt, type ReceiptFile, swapReceipt } from './receipts.js'
import type { ResultStore } from './result-store.js'
import { sha256OfFile } from './sha256-of-file.js'

export interface Finished {
  readonly sink: string
  /** Relative to the output. */
  readonly file: string
  /** Where it was written. */
  readonly draft: string
  /** Rows that the finished file says it holds, where it can say. */
  readonly rows?: number
}

/**
 * Publishes the finished drafts of a slide and writes its receipt in the place of the one that was seen there. Null when another has taken
 * the slide over, or has written one meanwhile: the files are the same.
 */
export async function commit(
  store: ResultStore,
  finished: readonly Finished[],
  receipt: Omit<Receipt, 'files'>,
  seen: Uint8Array | null,
  lease: Pick<Lease, 'held'>,
): Promise<Receipt | null> {
  for (const { sink, draft, rows } of finished) {
    if (rows !== undefined && rows !== receipt.rows) {
      throw new SinkError('ROWS_LOST', `${draft} holds ${rows} rows, but ${receipt.rows} were given to ${sink}`, {
        hint: 'run again to make it anew',
        at: { slide: receipt.slide },
      })
    }
  }
  const hashes: (string | null)[] = []
  for (const { draft } of finished) hashes.push(await sha256OfFile(draft))
  // Who was stopped until now learns it here, before anything of it has a name.
  if (!(await lease.held())) return null
  const sizes = await store.publish(finished.map(({ draft, file }) => ({ path: draft, name: file })))
  const files = finished.map(
    ({ sink, file }, i): ReceiptFile => ({ sink, file, bytes: sizes[i]!, ...(hashes[i] ? { sha256: hashes[i] } : {}) }),
  )
  const complete: Receipt = { ...receipt, files }
  return (await swapReceipt(store, seen, complete)) ? complete : null
}
