/** Who holds a file: which process, on which machine, since when. Two takes never leave the same bytes. */

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { type Birth, fateOf, isThere, ownBirth } from '../../flow/birth.js'

export interface Holder {
  readonly pid: number
  readonly host: string
  readonly since: string
  /** Where it can be told for sure: a pid alone is another process in each container, and containers may share a host name. */
  readonly birth: Birth | null
}

/** What a file says that this process takes now. */
export async function ownHolder(): Promise<Buffer> {
  const mine: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString(), birth: await ownBirth() }
  return Buffer.from(`${JSON.stringify({ ...mine, id: randomUUID() })}\n`)
}

/** Null for what names nobody. */
export function holderIn(bytes: Uint8Array): Holder | null {
  try {
    const holder = JSON.parse(Buffer.from(bytes).toString()) as Holder
    return typeof holder.host === 'string' ? holder : null
  } catch {
    return null
  }
}

/** Of nobody nothing is known. */
export function fateOfHolder(holder: Holder | null): ReturnType<typeof fateOf> {
  if (holder === null) return Promise.resolve('unknown')
  const { birth, host, pid } = holder
  if (birth) return fateOf(birth)
  // Other systems have no births, and no pids that mean several processes.
  const isSure = process.platform !== 'linux' && host === hostname()
  return Promise.resolve(isSure ? (isThere(pid) ? 'running' : 'ended') : 'unknown')
}
