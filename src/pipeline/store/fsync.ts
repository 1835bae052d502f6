/** Makes a rename last: a folder is a file too, and must be flushed. */

import { open } from 'node:fs/promises'
import { onDisk } from '../../core/files/on-disk.js'

/** What systems say of a folder that they flush by themselves, or not at all: SMB, FUSE, shared folders of virtual machines. */
const notFlushed = ['EINVAL', 'EBADF', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EACCES', 'EPERM']

export async function fsyncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there a rename is durable when the file system says so.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await onDisk(handle).catch((error: NodeJS.ErrnoException) => {
      if (!notFlushed.includes(error.code ?? '')) throw error
    })
  } finally {
    await handle.close()
  }
}
