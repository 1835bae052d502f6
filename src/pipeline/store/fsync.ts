/** Makes a rename last: a folder is a file too, and must be flushed. */

import { open } from 'node:fs/promises'
import { onDisk } from '../../core/on-disk.js'

export async function fsyncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there a rename is durable when the file system says so.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await onDisk(handle)
  } finally {
    await handle.close()
  }
}
