/**
 * The commit of one slide: row counts compared, every `.partial` renamed, the folder flushed, the receipt written beside and renamed.
 * That last rename is the commit: before it the slide is not done, after it it is. Nothing else publishes the
 * results of a run.
 */

import { lstat, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { SinkError } from '../../core/errors.js'
import { sinkErrorOf } from '../../sinks/common/file.js'
import { fsyncFolder } from './fsync.js'
import { type Receipt, type ReceiptFile, writeReceipt } from './receipts.js'

export interface Finished {
  readonly sink: string
  /** Relative to the output folder. */
  readonly file: string
  /** Rows that the finished file says it holds, where it can say. */
  readonly rows?: number
}

export const partialOf = (file: string): string => `${file}.partial`

/** Publishes the finished partial files of a slide and writes its receipt. */
export async function commit(output: string, finished: readonly Finished[], receipt: Omit<Receipt, 'files'>): Promise<Receipt> {
  for (const { sink, file, rows } of finished) {
    if (rows !== undefined && rows !== receipt.rows) {
      throw new SinkError('ROWS_LOST', `${partialOf(file)} holds ${rows} rows, but ${receipt.rows} were given to ${sink}`, {
        hint: 'the file is left as it is for a look; run again to make it anew',
        at: { slide: receipt.slide },
      })
    }
  }
  for (const { file } of finished) await mustBeFree(path.join(output, file))
  const files: ReceiptFile[] = []
  for (const { sink, file } of finished) {
    const final = path.join(output, file)
    await publish(partialOf(final), final)
    files.push({ sink, file, bytes: (await stat(final)).size })
  }
  for (const folder of new Set(files.map(({ file }) => path.dirname(path.join(output, file))))) await fsyncFolder(folder)
  const complete: Receipt = { ...receipt, files }
  await writeReceipt(output, complete)
  return complete
}

async function publish(partial: string, final: string): Promise<void> {
  try {
    await rename(partial, final)
  } catch (cause) {
    throw sinkErrorOf(cause, final)
  }
}

/** A folder in the place of a file is this slide's misfortune; it is found before any of its files has its name. A link is replaced. */
export async function mustBeFree(final: string): Promise<void> {
  const there = await lstat(final).catch(() => null)
  if (there?.isDirectory()) throw sinkErrorOf(Object.assign(new Error('a folder'), { code: 'EISDIR' }), final)
}
