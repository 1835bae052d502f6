/**
 * What stood in the way of looking for files. tinyglobby leaves out what it cannot open, without a word: a cohort would be smaller, and called complete.
 */

import { readdir, realpath } from 'node:fs'
import path from 'node:path'
import { PipelineError } from '../../core/errors.js'
import { systemCode } from '../../core/files/system-error.js'

type Done = (error: NodeJS.ErrnoException | null, ...rest: never[]) => void

/** Gone meanwhile, no folder after all, or a link that leads to nothing, which is told by itself. */
const nothingThere: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

/** Whose they are has closed them, perhaps on purpose. All else (EIO, ESTALE, ETIMEDOUT) is a disk that fails. */
const forbidden: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM'])

export class Looked {
  readonly #failed = new Map<string, NodeJS.ErrnoException>()

  /** What tinyglobby looks with. */
  readonly fs = { readdir: this.#watched(readdir), realpath: this.#watched(realpath) }

  #watched<F extends typeof readdir | typeof realpath>(look: F): F {
    const watched = (place: string, ...rest: unknown[]) => {
      const done = rest.pop() as Done
      const heard: Done = (error, ...more) => {
        if (error && !nothingThere.has(error.code)) this.#failed.set(path.resolve(place), error)
        done(error, ...more)
      }
      ;(look as unknown as (...all: unknown[]) => void)(place, ...rest, heard)
    }
    return watched as unknown as F
  }

  /** The folders, and links to them, that may not be looked into, with the reason. Throws where a disk does not say what it holds. */
  closed(): ReadonlyMap<string, string> {
    const closed = new Map<string, string>()
    for (const [place, cause] of this.#failed) {
      if (cause.code === 'EMFILE' || cause.code === 'ENFILE') throw cause
      if (!forbidden.has(cause.code))
        throw new PipelineError('FILE_UNREADABLE', `the folder ${place} cannot be looked into (${systemCode(cause)})`, {
          hint: 'is its disk there? Without it nobody knows which files there are',
          cause,
        })
      // The system's own, at the top of a disk.
      if (path.basename(place) !== 'lost+found') closed.set(place, cause.code!)
    }
    return closed
  }
}
