/** A Parquet file as hyparquet reads it: byte ranges by position, a short read is an error. hyparquet's doorway for reading. */

import { constants, type FileHandle, open } from 'node:fs/promises'
import { type FileMetaData, parquetMetadataAsync } from 'hyparquet'
import { isAddress, withoutSecrets } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import { remedyToRead, systemMessage } from '../../core/files/system-error.js'
import { whatIs } from '../../core/files/what-is.js'
import { openRemoteTable } from '../common/remote-table.js'

/** A row group or a footer larger than this is no table of ours. */
const largestSlice = 2 ** 31 - 1

export interface ParquetFile {
  /** As people are told: without secrets. */
  readonly path: string
  readonly byteLength: number
  readonly slice: (start: number, end?: number) => Promise<ArrayBuffer>
  readonly metadata: FileMetaData
  readonly close: () => Promise<void>
}

/** `path`: of a file, or its address. Throws a PipelineError: the person who names the file can act. */
export async function openParquetFile(path: string): Promise<ParquetFile> {
  const { byteLength, read, close } = await openBytes(path)
  const shown = withoutSecrets(path)
  try {
    const slice = (start: number, end = byteLength) => {
      const asked = exactly(read, shown, start, end, byteLength)
      // hyparquet asks for many at once, and when one fails never looks at the others.
      asked.catch(() => undefined)
      return asked
    }
    const metadata = await parquetMetadataAsync({ byteLength, slice }).catch(async (cause) => {
      if (cause instanceof PipelineError) throw cause
      const { kind, fact, hint } = await whatIs(path)
      if (kind !== 'parquet' && kind !== 'unknown' && kind !== 'missing')
        throw new PipelineError('TABLE_UNREADABLE', `${shown} is no Parquet table: it ${fact}`, { hint })
      throw new PipelineError('TABLE_UNREADABLE', `${shown} is no whole Parquet file`, {
        hint: kind === 'parquet' ? hint : 'it may be damaged, or of another kind: name a .parquet file that tiastream wrote',
        cause,
      })
    })
    return { path: shown, byteLength, slice, metadata, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Bytes {
  readonly byteLength: number
  /** Exactly those, which lie in the file. */
  readonly read: (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>
  readonly close: () => Promise<void>
}

async function openBytes(path: string): Promise<Bytes> {
  if (isAddress(path)) return { ...(await openRemoteTable(path)), close: async () => undefined }
  let handle: FileHandle
  try {
    // A pipe, which is no table, would be waited for without end.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    const { kind, fact, hint } = await whatIs(path)
    if (kind === 'missing') throw new PipelineError('TABLE_UNREADABLE', `${path} ${fact}`, { hint })
    throw unread(path, cause)
  }
  const { size: byteLength } = await handle.stat()
  const read = async (start: number, end: number) => {
    const bytes = new Uint8Array(end - start)
    let done = 0
    while (done < bytes.length) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done).catch((cause: unknown) => {
        throw unread(path, cause)
      })
      if (bytesRead === 0) throw new PipelineError('TABLE_UNREADABLE', `${path} ends at byte ${start + done}, expected ${end}`)
      done += bytesRead
    }
    return bytes
  }
  return { byteLength, read, close: () => handle.close() }
}

/** What the system says of a file that is there says nothing of what is in it. */
const unread = (path: string, cause: unknown): PipelineError =>
  new PipelineError('TABLE_UNREADABLE', `${path} cannot be read: ${systemMessage(cause)}`, { hint: remedyToRead(cause), cause })

async function exactly(read: Bytes['read'], path: string, start: number, end: number, size: number): Promise<ArrayBuffer> {
  if (!(start >= 0 && end >= start && end <= size && end - start <= largestSlice))
    throw new PipelineError('TABLE_UNREADABLE', `${path}: bytes ${start} to ${end} do not lie in the file of ${size} bytes`)
  return (await read(start, end)).buffer
}
