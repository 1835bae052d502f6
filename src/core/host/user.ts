/** Who runs this, and where that user keeps things. In a container a number without a name or a home is common: then the number is the name. */

import { homedir, userInfo } from 'node:os'

/** Letters for the name of a folder, or to tell who asked for something. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}

/** Absolute. Where there is none the path is one that is never there, as Debian writes it in its list of users. */
export function homeFolder(): string {
  try {
    return homedir()
  } catch {
    return '/nonexistent'
  }
}

/** A path with `~/` before it, which a shell lets be behind `=` and in quotes, and a file of variables always. */
export const fromHome = (written: string): string => written.replace(/^~(?=[/\\]|$)/, homeFolder)
