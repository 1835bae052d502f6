/** A Parquet file as hyparquet reads it: byte ranges by position, a short read is an error. hyparquet's doorway for reading. */

import { type FileHandle, open } from 'node:fs/promises'
import { type FileMetaData, parquetMetadataAsync } from 'hyparquet'
import { PipelineError } from '../../core/errors.js'
import { whatIs } from '../../core/what-is.js'

/** A row group or a footer larger than this is no table of ours. */
const largestSlice = 2 ** 31 - 1

export interface ParquetFile {
  readonly path: string
  readonly byteLength: number
  readonly slice: (start: number, end?: number) => Promise<ArrayBuffer>
  readonly metadata: FileMetaData
  readonly close: () => Promise<void>
}

/** Throws a PipelineError: the person who names the file can act. */
export async function openParquetFile(path: string): Promise<ParquetFile> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (cause) {
    const { kind, fact, hint } = await whatIs(path)
    if (kind === 'missing') throw new PipelineError('TABLE_UNREADABLE', `${path} ${fact}`, { hint })
    throw new PipelineError('TABLE_UNREADABLE', `${path} cannot be opened`, { hint: 'name a .parquet file that tiastream wrote', cause })
  }
  try {
    const { size: byteLength } = await handle.stat()
    const slice = (start: number, end = byteLength) => {
      const read = exactly(handle, path, start, end, byteLength)
      // hyparquet asks for many at once, and when one fails never looks at the others.
      read.catch(() => undefined)
      return read
    }
    const metadata = await parquetMetadataAsync({ byteLength, slice }).catch(async (cause) => {
      const { kind, fact, hint } = await whatIs(path)
      if (kind !== 'parquet' && kind !== 'unknown')
        throw new PipelineError('TABLE_UNREADABLE', `${path} is no Parquet table: it ${fact}`, { hint })
      throw new PipelineError('TABLE_UNREADABLE', `${path} is no whole Parquet file`, {
        hint: kind === 'parquet' ? hint : 'it may be damaged, or of another kind: name a .parquet file that tiastream wrote',
        cause,
      })
    })
    return { path, byteLength, slice, metadata, close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function exactly(handle: FileHandle, path: string, start: number, end: number, size: number): Promise<ArrayBuffer> {
  if (!(start >= 0 && end >= start && end <= size && end - start <= largestSlice))
    throw new PipelineError('TABLE_UNREADABLE', `${path}: bytes ${start} to ${end} do not lie in the file of ${size} bytes`)
  const bytes = new Uint8Array(end - start)
  let done = 0
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done)
    if (bytesRead === 0) throw new PipelineError('TABLE_UNREADABLE', `${path} ends at byte ${start + done}, expected ${end}`)
    done += bytesRead
  }
  return bytes.buffer
}
