/** A table on a server, read by the ranges that are needed. */

import { withoutSecrets } from '../../core/address.js'
import { PipelineError, SlideError } from '../../core/errors.js'

export interface RemoteTable {
  readonly byteLength: number
  /** Exactly those, which lie in the file. */
  readonly read: (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>
}

/** Throws PipelineError TABLE_UNREADABLE, as for a file: the person who names it can act. */
export async function openRemoteTable(address: string): Promise<RemoteTable> {
  const told = (error: unknown): never => {
    if (!(error instanceof SlideError)) throw error
    const { code, message, hint } = error
    const said = code === 'SLIDE_TRUNCATED' ? `${withoutSecrets(address)} is no whole table` : message
    throw new PipelineError('TABLE_UNREADABLE', said, hint === undefined ? { cause: error } : { hint, cause: error })
  }
  const { openRangeFile } = await import('../../remote/range-file.js')
  const { byteLength, slice } = await openRangeFile(address).catch(told)
  return {
    byteLength,
    read: (start, end) => slice(start, end).catch(told),
  }
}
