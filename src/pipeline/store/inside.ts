/** Folders of the output: made one by one, and never through a symbolic link that leads out of it. */

import { constants, mkdir, realpath } from 'node:fs/promises'
import path from 'node:path'
import { SinkError } from '../../core/errors.js'
import { holds } from '../../core/files/holds.js'
import { writing } from '../../sinks/common/file.js'

/** To open a file, but not through a symbolic link that somebody laid in our way (Windows has no such flag, and links there need a privilege). */
export const noLink = constants.O_NOFOLLOW ?? 0

/** Makes `folder`, which lies in `output`; throws SinkError OUTPUT_ESCAPES when a link on the way leads elsewhere. */
export async function makeInside(output: string, folder: string): Promise<void> {
  await writing(folder, async () => {
    const root = await realpath(output)
    let at = root
    for (const part of path.relative(output, folder).split(path.sep).filter(Boolean)) {
      at = path.join(at, part)
      await mkdir(at).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
      at = await realpath(at)
      if (!holds(root, at)) throw escapes(folder, output, at)
    }
  })
}

/** What lies in a folder of our own is cleared away: a link there, be it to another folder of the output, would have somebody's results go. */
export async function mustBeItself(output: string, name: string): Promise<void> {
  const [root, real] = await Promise.all([realpath(output), realpath(path.join(output, name))])
  if (real === path.join(root, name)) return
  throw new SinkError(
    'OUTPUT_ESCAPES',
    `${path.join(output, name)} is a symbolic link to ${real}, in which what is no draft would be cleared away`,
    {
      hint: 'replace the link by a folder',
    },
  )
}

function escapes(folder: string, output: string, to: string): SinkError {
  return new SinkError('OUTPUT_ESCAPES', `${folder} leads out of ${output}, by a symbolic link to ${to}`, {
    hint: 'replace the link by a folder, or give the place it leads to as output',
  })
}
