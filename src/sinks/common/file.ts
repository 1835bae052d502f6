/** The file a sink writes: opened anew, written whole, fsynced. The one place that turns an errno into a SinkError. */

import { type FileHandle, open } from 'node:fs/promises'
import { joinShort } from '../../core/bytes-of.js'
import { moreHandles, SinkError, TiastreamError } from '../../core/errors.js'
import { onDisk } from '../../core/files/on-disk.js'
import { isSystemCode, systemCode, systemMessage } from '../../core/files/system-error.js'
import { whenFree } from '../../flow/file-handles.js'

interface Meaning {
  readonly code: string
  readonly fact: string
  readonly hint: string
}

const full = {
  code: 'DISK_FULL',
  fact: 'cannot be written: the disk is full',
  hint: 'free some space, or take files away where only their number is used up (df -i), and run again: what is committed stays',
}
const quota = {
  code: 'DISK_FULL',
  fact: 'cannot be written: the quota of this user or folder is used up',
  hint: 'free some of it (quota -s says what it is), and run again: what is committed stays',
}
const denied = {
  code: 'OUTPUT_DENIED',
  fact: 'cannot be written: permission denied',
  hint:
    process.platform === 'win32'
      ? 'close the program that has it open, or check who owns the output folder and whether it is read-only'
      : 'check who owns the output folder and whether it is read-only',
}
const forbidden = {
  code: 'OUTPUT_DENIED',
  fact: "cannot be written: Node's permission model forbids it",
  hint: 'start node with --allow-fs-write for that folder, or without --permission',
}
const busy = { code: 'OUTPUT_BUSY', fact: 'cannot be written: it is in use', hint: 'close the program that holds it and run again' }
const gone = {
  code: 'OUTPUT_MISSING',
  fact: 'cannot be written: its folder is gone',
  hint: 'do not move or remove the output folder during a run',
}
const large = {
  code: 'OUTPUT_TOO_LARGE',
  fact: 'cannot be written: larger than the file system or a quota allows',
  hint: 'write to another disk',
}
const taken = { code: 'OUTPUT_TAKEN', fact: 'cannot be written: a folder has this name', hint: 'move the folder away' }
const longName = {
  code: 'OUTPUT_NAME',
  fact: 'cannot be written: its name is too long for this file system',
  hint: 'give the slide a shorter id in the list, or the sink a shorter file:',
}
const otherDisk = {
  code: 'OUTPUT_FAILED',
  fact: 'cannot be written: another file system is mounted inside the output folder',
  hint: 'what is written is renamed to its place, which must be on the same one: mount it where the output folder is, or name that place as output',
}
const lost = {
  code: 'OUTPUT_FAILED',
  fact: 'cannot be written: the disk, or the server whose disk it is, is gone',
  hint: 'mount it again, and run again: what is committed stays',
}
const expired = {
  code: 'OUTPUT_DENIED',
  fact: 'cannot be written: what this user may write with has expired',
  hint: 'renew the ticket (kinit), for as long as the run takes, and run again: what is committed stays',
}
const handles = { code: 'TOO_MANY_FILES', fact: 'cannot be opened: too many files are open', hint: moreHandles }

const meanings: Readonly<Record<string, Meaning>> = {
  ENOSPC: full,
  EDQUOT: quota,
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  ERR_ACCESS_DENIED: forbidden,
  EISDIR: taken,
  ENAMETOOLONG: longName,
  EBUSY: busy,
  ETXTBSY: busy,
  ENOENT: gone,
  ENOTDIR: gone,
  EFBIG: large,
  EXDEV: otherDisk,
  EMFILE: handles,
  ENFILE: handles,
  ENOTCONN: lost,
  ESHUTDOWN: lost,
  EHOSTDOWN: lost,
  ESTALE: lost,
  EKEYEXPIRED: expired,
  ENOKEY: expired,
}

const absent = ['ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']

/** A bucket that is mounted as a folder renames nothing, or changes no file that is there. */
function notDone(errno: string, error: unknown): Meaning | undefined {
  const { syscall } = error as NodeJS.ErrnoException
  if (!absent.includes(errno) || syscall === undefined) return undefined
  return {
    code: 'OUTPUT_FAILED',
    fact: `cannot be written: its file system does not do all that is needed (${syscall})`,
    hint: 'write to another one; of a bucket that is mounted there, name the address as output: s3://bucket/folder/',
  }
}

/**
 * What an error of the file system means to the owner of the disk; one that is not of the file system, but comes from the writer of a format, is of the file
 * alone. A SinkError stays what it is.
 */
export function sinkErrorOf(error: unknown, path: string): SinkError {
  if (error instanceof SinkError) return error
  const errno = systemCode(error)
  const meaning = errno === undefined ? undefined : (meanings[errno] ?? notDone(errno, error))
  if (meaning) return new SinkError(meaning.code, `${path} ${meaning.fact} (${errno})`, { hint: meaning.hint, cause: error })
  const said = systemMessage(error)
  const code = isSystemCode(errno) ? 'OUTPUT_FAILED' : 'WRITER_FAILED'
  return new SinkError(code, `${path} cannot be written: ${said}`, { cause: error })
}

/** Runs a piece of work on the file at `path`; what it throws comes out as a SinkError, unless it says already who can act. */
export async function writing<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof TiastreamError ? error : sinkErrorOf(error, path)
  }
}

/** One output file, written from start to end. */
export class OutputFile {
  /** Bytes written so far. */
  bytes = 0
  #open = true

  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
  ) {}

  /** Empties what an earlier attempt left. */
  static open(path: string): Promise<OutputFile> {
    return writing(path, async () => new OutputFile(path, await whenFree(() => open(path, 'w'))))
  }

  /** Appends all of it: a short write goes on where it stopped. */
  write(data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data
    return writing(this.path, async () => {
      let done = 0
      while (done < bytes.byteLength) done += (await this.handle.write(bytes, done, bytes.byteLength - done, null)).bytesWritten
      this.bytes += done
    })
  }

  /** Appends all pieces, one after another, without joining long ones. */
  writeAll(pieces: readonly Uint8Array[]): Promise<void> {
    return writing(this.path, async () => {
      let left = joinShort(pieces)
      while (left.length > 0) {
        const { bytesWritten } = await this.handle.writev(left)
        this.bytes += bytesWritten
        left = behind(left, bytesWritten)
      }
    })
  }

  /** On the disk and closed. */
  async finish(): Promise<void> {
    await writing(this.path, () => onDisk(this.handle))
    await this.close()
  }

  /** Closes without a word; safe to call again. */
  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    await writing(this.path, () => this.handle.close())
  }
}

/** What of the pieces lies behind so many bytes. */
export function behind(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes
  return pieces.flatMap((piece) => {
    const skipped = Math.min(skip, piece.byteLength)
    skip -= skipped
    return skipped === piece.byteLength ? [] : [skipped === 0 ? piece : piece.subarray(skipped)]
  })
}

/** Fsyncs a file that another library has written. */
export function syncFile(path: string): Promise<void> {
  return writing(path, async () => {
    const handle = await open(path, 'r+')
    try {
      await onDisk(handle)
    } finally {
      await handle.close()
    }
  })
}
