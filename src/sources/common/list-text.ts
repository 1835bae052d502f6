/**
 * The text of a list, piece by piece: UTF-8, or UTF-16 as Excel's "Unicode text" is. Anything else is no list, and the error says what it
 * is. Pieces come from the disk or from a server one at a time, so that a large list does not keep signals waiting.
 */

import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { isAddress, type RemoteOptions, withoutSecrets } from '../../core/address.js'
import { type Encoding, encodingOf } from '../../core/csv/encoding.js'
import { PipelineError, SlideError } from '../../core/errors.js'
import { systemMessage } from '../../core/files/system-error.js'
import { formatOf } from '../../core/files/what-is.js'

/** A cohort of a million slides with a few columns. */
const mostBytes = 256 * 1024 * 1024

/** What helps, by what a file is. */
const remedies: readonly [what: RegExp, remedy: string][] = [
  [/workbook|PDF/, "save the sheet as 'CSV UTF-8'"],
  [/compressed/, 'unpack it first'],
  [/slide|picture/, 'name a CSV file that lists the slides, or use glob:'],
  [/./, 'write its table as CSV'],
]

/** How a server is asked, and until when. */
export interface AskedUntil extends RemoteOptions {
  readonly signal?: AbortSignal | undefined
}

/** A path or an address. Throws PipelineError, and the reason of the signal. */
export async function* listText(place: string, remote?: AskedUntil): AsyncGenerator<string> {
  const file = withoutSecrets(place)
  const at = { file, line: 1, column: 1 }
  let line = 1
  try {
    const list = isAddress(place) ? await listAt(place, remote) : await listHere(place)
    const encoding = encodingOfList(file, list)
    const decoder = new TextDecoder(encoding, { fatal: true })
    const decoded = (bytes?: Buffer): string => {
      try {
        return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
      } catch {
        throw new PipelineError('LIST_INVALID', `this line is no ${encoding.toUpperCase()} text`, {
          hint: "save the list as 'CSV UTF-8' (Excel: Save as; LibreOffice: character set Unicode UTF-8)",
          at: { file, line: line + (bytes && encoding === 'utf-8' ? linesBeforeNonsense(Buffer.concat([tail, bytes])) : 0), column: 1 },
        })
      }
    }
    /** The last bytes of the piece before, of the same line: a letter may be cut in two. */
    let tail: Buffer = Buffer.alloc(0)
    for await (const bytes of list.bytes()) {
      const text = decoded(bytes)
      line += text.split('\n').length - 1
      const last = bytes.subarray(-3)
      tail = last.subarray(last.lastIndexOf(10) + 1)
      yield text
    }
    yield decoded()
  } catch (cause) {
    remote?.signal?.throwIfAborted()
    if (cause instanceof PipelineError) throw cause
    if (cause instanceof SlideError) throw asList(cause, file)
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new PipelineError('FILE_MISSING', `there is no list at ${file}`, { cause })
    throw new PipelineError('FILE_UNREADABLE', `the list cannot be read: ${systemMessage(cause)}`, { at, cause })
  }
}

interface ListFile {
  readonly size: number
  /** Its first 64 bytes, or all of them. */
  readonly head: Buffer
  readonly bytes: () => AsyncIterable<Buffer>
}

const headBytes = 64

async function listHere(file: string, named = file): Promise<ListFile> {
  const found = await stat(file)
  if (!found.isFile()) {
    const what = found.isDirectory() ? 'a folder' : 'no plain file'
    throw new PipelineError('FILE_UNREADABLE', `the list ${named} is ${what}`, { hint: 'name a CSV file, or use glob:' })
  }
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return { size: found.size, head: buffer.subarray(0, bytesRead), bytes: () => createReadStream(file) as AsyncIterable<Buffer> }
  } finally {
    await handle.close()
  }
}

/** Bytes of a list on a server that are asked for at once. */
const rangeBytes = 2 ** 20

/** All of one state: a list that is replaced while it is read is an error. */
async function listAt(address: string, { signal, ...remote }: AskedUntil = {}): Promise<ListFile> {
  if (remote.cache === 'download') {
    const { download } = await import('../../remote/download.js')
    return listHere((await download(address, remote, { file: mostBytes, signal })).file, withoutSecrets(address))
  }
  const { RemoteObject } = await import('../../remote/object.js')
  const { object, head } = await RemoteObject.open(address, remote, signal)
  const { size } = object.facts
  const bytes = async function* () {
    yield Buffer.from(head)
    for (let at = head.length; at < size; at += rangeBytes)
      yield Buffer.from(await object.read(at, Math.min(rangeBytes, size - at), signal))
  }
  return { size, head: Buffer.from(head.subarray(0, headBytes)), bytes }
}

/** What a server says of it, as the list's. */
function asList(error: SlideError, file: string): PipelineError {
  if (error.code === 'SLIDE_MISSING') return new PipelineError('FILE_MISSING', `there is no list at ${file}: ${error.message}`)
  return notListed(error)
}

/** What a server says instead of a list. Where it does not answer, or does not let in who asks, the pipeline may be right as it is. */
export function notListed(error: SlideError): PipelineError {
  const { code: said, message, hint } = error
  const code = said === 'SLIDE_UNREACHABLE' ? 'LIST_UNREACHABLE' : said === 'SLIDE_FORBIDDEN' ? 'LIST_FORBIDDEN' : 'LIST_UNREADABLE'
  return new PipelineError(code, message, { ...(hint === undefined ? {} : { hint }), cause: error })
}

function encodingOfList(file: string, { size, head }: ListFile): Encoding {
  const at = { file, line: 1, column: 1 }
  if (size > mostBytes) throw new PipelineError('FILE_TOO_LARGE', `this list has ${size} bytes; at most ${mostBytes} are read`, { at })
  const start = head.toString('latin1')
  const other = formatOf(start)
  if (other !== undefined)
    throw new PipelineError('LIST_INVALID', `the list ${file} is ${other}, not CSV`, {
      hint: remedies.find(([what]) => what.test(other))![1],
    })
  if (/^\s*(\[|\{\s*")/.test(start))
    throw new PipelineError('LIST_INVALID', `the list ${file} looks like JSON, not CSV`, {
      hint: 'write it as CSV: a first line with the names of the columns, then a line for each file',
    })
  return encodingOf(head)
}

function linesBeforeNonsense(bytes: Buffer): number {
  let lines = 0
  for (let from = 0; from < bytes.length; lines++) {
    const end = bytes.indexOf(10, from)
    if (!isUtf8(bytes.subarray(from, end < 0 ? bytes.length : end))) return lines
    from = end < 0 ? bytes.length : end + 1
  }
  return 0
}
