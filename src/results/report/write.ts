/** Writes the page: it is there whole or not at all. */

import { commandFile } from '../../pipeline/store/command-file.js'
import { OutputFile } from '../../sinks/common/file.js'
import type { Results } from '../open.js'
import { page, type ReportOptions } from './page.js'

/** `file`: a path, or an address in a bucket. Answers its size in bytes. Throws OUTPUT_EXISTS, and SinkError when it cannot be written. */
export async function writeReport(results: Results, file: string, options: ReportOptions = {}): Promise<number> {
  // A report of ours is made anew without being asked; anything else is never replaced.
  const reads = results.slides.map(({ receipt }) => receipt.uri)
  const target = commandFile({ out: file, force: true, reads, kind: 'page' })
  await target.check()
  const written = await OutputFile.open(target.partial)
  try {
    for await (const piece of page(results, options)) await written.write(piece)
    await written.finish()
    options.signal?.throwIfAborted()
  } catch (error) {
    await written.close()
    await target.discard()
    throw error
  }
  await target.publish()
  return written.bytes
}
