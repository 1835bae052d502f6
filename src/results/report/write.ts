/** Writes the page: beside its place first, then renamed, so that a page is there whole or not at all. */

import { open, rename, rm } from 'node:fs/promises'
import { mayReplaceFile, partialOf } from '../../core/may-replace.js'
import { writing } from '../../sinks/common/file.js'
import type { Results } from '../open.js'
import { page, type ReportOptions } from './page.js'

/** Answers its size in bytes. Throws OUTPUT_EXISTS, and SinkError when it cannot be written. */
export async function writeReport(results: Results, file: string, options: ReportOptions = {}): Promise<number> {
  // A report of ours is made anew without being asked; anything else is never replaced.
  const asked = { out: file, force: true, reads: results.slides.map(({ receipt }) => receipt.uri), kind: 'page' } as const
  await mayReplaceFile(asked)
  const partial = partialOf(file)
  const handle = await writing(partial, () => open(partial, 'w'))
  let bytes = 0
  try {
    for await (const piece of page(results, options)) bytes += (await writing(partial, () => handle.write(piece))).bytesWritten
    await writing(partial, () => handle.sync())
    options.signal?.throwIfAborted()
  } catch (error) {
    await handle.close()
    await rm(partial, { force: true })
    throw error
  }
  await handle.close()
  await mayReplaceFile(asked)
  await writing(file, () => rename(partial, file))
  return bytes
}
