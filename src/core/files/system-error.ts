/**
 * What the system calls an error. Of some numbers libuv knows no name, a full quota and a stale handle of NFS among them: Node says
 * `Unknown system error -122` on each Linux, as code and as message, and its functions that wait (`writeSync`) `UNKNOWN`.
 */

import { constants } from 'node:os'

const unnamed = /^Unknown system error (-\d+)|^UNKNOWN\b/

/** Those that Node has no name for either, by their numbers on Linux. */
const linux = { EUCLEAN: 117, ENOKEY: 126, EKEYEXPIRED: 127, EKEYREVOKED: 128 }

const words: Readonly<Record<string, string>> = {
  EDQUOT: 'disk quota exceeded',
  ESTALE: 'stale file handle',
  EUCLEAN: 'structure needs cleaning',
  EKEYEXPIRED: 'key has expired',
}

/** Its name (`EDQUOT`), or whatever stands in the place of one; undefined of an error without. */
export function systemCode(error: unknown): string | undefined {
  const { code, errno } = (error ?? {}) as NodeJS.ErrnoException
  const found = typeof code === 'string' ? unnamed.exec(code) : null
  if (found === null) return code
  const number = -(found[1] ?? errno ?? 0)
  const names = Object.entries({ ...constants.errno, ...(process.platform === 'linux' ? linux : {}) })
  return names.find(([, one]) => one === number)?.[0] ?? code
}

/** EIO, ETIMEDOUT …, and those without a name; Node's own are ERR_…. */
export const isSystemCode = (code: unknown): boolean => typeof code === 'string' && (unnamed.test(code) || /^E(?!RR_)[A-Z0-9]+$/.test(code))

/** What it says, with that name. */
export function systemMessage(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error)
  const code = systemCode(error)
  if (code === undefined || !unnamed.test(said)) return said
  return said.replace(
    /^(Unknown system error -\d+|UNKNOWN)(: \1|: unknown error)?/,
    words[code] === undefined ? code : `${code}: ${words[code]}`,
  )
}

/** What to do where the system did not let a file be read that is there. */
export const remedyToRead = (error: unknown): string =>
  ['EACCES', 'EPERM'].includes(systemCode(error) ?? '')
    ? 'ask who owns it for the right to read it'
    : 'its disk, or the server whose disk it is, may give it the next time: try again, and look into the log of that system where it does not'
