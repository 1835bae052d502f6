/** Files and folders of this machine. */

import { opendir, stat } from 'node:fs/promises'
import path from 'node:path'
import { SlideError } from '../../core/errors.js'
import { isFolder } from '../../core/files/is-folder.js'
import { namesakeHint } from '../../core/files/namesake.js'
import { fileError, openFile } from '../byte-source.js'
import type { Files, Listed } from './files.js'

export const localFiles: Files = {
  open: (uri) => openFile(uri),

  async list(uri, most, signal) {
    const found: Listed[] = []
    try {
      if (!(await stat(uri)).isDirectory()) return null
      for await (const entry of await opendir(uri)) {
        signal?.throwIfAborted()
        if (found.length === most) throw tooMany(uri, most)
        const at = path.join(uri, entry.name)
        // Of a link it counts where it leads to.
        found.push({ name: entry.name, uri: at, isFolder: entry.isSymbolicLink() ? await isFolder(at) : entry.isDirectory() })
      }
    } catch (cause) {
      signal?.throwIfAborted()
      if (cause instanceof SlideError) throw cause
      const error = fileError(uri, cause)
      const hint = error.code === 'SLIDE_MISSING' && error.hint === undefined ? await namesakeHint(uri) : undefined
      throw hint === undefined ? error : new SlideError(error.code, error.message, { hint, cause })
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1))
  },

  beside: (uri, name) => path.join(path.dirname(uri), name),
  below: (folder, name) => path.join(folder, name),
}

export function tooMany(uri: string, most: number): SlideError {
  return new SlideError('SLIDE_TOO_LARGE', `${uri} is a folder of more than ${most} files`, {
    hint: 'keep a slide of several files in a folder of its own',
  })
}
