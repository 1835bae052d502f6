/** Writes the page: beside its place first, then renamed, so that a page is there whole or not at all. */

import { open, rename, rm } from 'node:fs/promises'
import type { Results } from '../results/open.js'
import { writing } from '../sinks/common/file.js'
import { page, type ReportOptions } from './page.js'

/** Answers its size in bytes. Throws SinkError when it cannot be written. */
export async function writeReport(results: Results, file: string, options: ReportOptions = {}): Promise<number> {
  const partial = `${file}.partial`
  const handle = await writing(partial, () => open(partial, 'w'))
  let bytes = 0
  try {
    for await (const piece of page(results, options)) bytes += (await writing(partial, () => handle.write(piece))).bytesWritten
    await writing(partial, () => handle.sync())
  } catch (error) {
    await handle.close()
    await rm(partial, { force: true })
    throw error
  }
  await handle.close()
  await writing(file, () => rename(partial, file))
  return bytes
}
