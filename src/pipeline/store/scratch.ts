/** The folder of this machine in which results lie until they are uploaded. */

import { lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SinkError } from '../../core/errors.js'
import { folderHere, folderOfEnv } from '../../core/files/folder-here.js'
import { makeFolder } from '../../core/files/make-folder.js'
import { userName } from '../../core/host/user.js'
import { writing } from '../../sinks/common/file.js'

/** The one that is said, else TIASTREAM_SCRATCH, else one in the system's folder for temporary files. Absolute. */
export const scratchFolder = (said: string | undefined): string =>
  path.resolve(
    said ? folderHere('--scratch', said) : (folderOfEnv('TIASTREAM_SCRATCH') ?? path.join(tmpdir(), `tiastream-scratch-${userName()}`)),
  )

/** Throws SinkError: where it cannot be made, or is somebody else's, who could read or change what is in it. */
export async function makeScratch(folder: string): Promise<void> {
  const above = path.dirname(folder)
  await writing(above, () => makeFolder(path.dirname(above)))
  await writing(folder, async () => {
    for (const one of [above, folder]) await mkdir(one, { recursive: true, mode: 0o700 }).catch(notAFile(one))
  })
  const { uid } = await lstat(folder)
  if (process.getuid !== undefined && uid !== process.getuid())
    throw new SinkError('OUTPUT_DENIED', `${folder} is the folder of another user`, { hint: 'name one of your own with --scratch' })
}

const notAFile = (folder: string) => (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EEXIST') throw error
  throw new SinkError('OUTPUT_TAKEN', `${folder} cannot be the scratch folder: a file has its name`, {
    hint: 'name a folder with --scratch',
  })
}
