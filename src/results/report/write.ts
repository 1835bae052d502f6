/** Writes the page: it is there whole or not at all. */

import { open } from 'node:fs/promises'
import { onDisk } from '../../core/on-disk.js'
import { commandFile } from '../../pipeline/store/command-file.js'
import { writing } from '../../sinks/common/file.js'
import type { Results } from '../open.js'
import { page, type ReportOptions } from './page.js'

/** `file`: a path, or an address in a bucket. Answers its size in bytes. Throws OUTPUT_EXISTS, and SinkError when it cannot be written. */
export async function writeReport(results: Results, file: string, options: ReportOptions = {}): Promise<number> {
  // A report of ours is made anew without being asked; anything else is never replaced.
  const reads = results.slides.map(({ receipt }) => receipt.uri)
  const target = commandFile({ out: file, force: true, reads, kind: 'page' })
  await target.check()
  const { partial } = target
  const handle = await writing(partial, () => open(partial, 'w'))
  let bytes = 0
  try {
    for await (const piece of page(results, options)) bytes += (await writing(partial, () => handle.write(piece))).bytesWritten
    await writing(partial, () => onDisk(handle))
    options.signal?.throwIfAborted()
  } catch (error) {
    await handle.close()
    await target.discard()
    throw error
  }
  await handle.close()
  await target.publish()
  return bytes
}
