/**
 * A whole file of a server, in a folder of this machine: for servers that give no ranges, and for those who read a file many times. What we keep there is bounded:
 * what was not used for longest goes, and nothing that somebody else put there. It is kept after the run, for the next one; only this user may look into it.
 */

import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { lstat, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { type RemoteOptions, unsigned, withoutSecrets } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import { folderOfEnv } from '../core/files/folder-here.js'
import { intoPlace } from '../core/files/into-place.js'
import { userName } from '../core/host/user.js'
import { ownBirth } from '../flow/birth.js'
import { doorTo } from './doors.js'
import { type Answer, exchange, Passing } from './exchange.js'
import { codingsOf, type ObjectFacts, versionIn } from './object.js'
import { type Asking, type Patience, retrying, usualPatience } from './patience.js'
import { refuse, unreachable } from './refusal.js'

/** Of all files that are kept. */
const mostKept = 64 * 2 ** 30

/** What we keep is called by a sha256 alone; what is on its way has more behind it. */
export const isKept = (name: string): boolean => /^[0-9a-f]{64}(\.\d+\.[0-9a-z]+\.partial)?$/.test(name)

export interface Bounds {
  /** Bytes of this file. */
  readonly file?: number
  /** Bytes of all that are kept. */
  readonly kept?: number
}

export interface Downloaded {
  readonly file: string
  readonly facts: ObjectFacts
}

/** TIASTREAM_CACHE, else one in the system's folder for temporary files. */
export const cacheFolder = (): string => folderOfEnv('TIASTREAM_CACHE') ?? path.join(tmpdir(), `tiastream-cache-${userName()}`)

/** Throws SlideError. One that is there in the state that the server has is not fetched again. */
export async function download(
  uri: string,
  options: RemoteOptions | undefined,
  { signal, patience = usualPatience, file = mostKept, kept = mostKept }: Asking & Bounds = {},
): Promise<Downloaded> {
  const shown = withoutSecrets(uri)
  const folder = cacheFolder()
  await mustBeOurs(folder)
  try {
    const asked = { uri, shown, folder, options, most: Math.min(file, kept), kept, quietMs: patience.quietMs, signal }
    return await retrying(() => once(asked), patience, signal)
  } catch (error) {
    throw unreachable(error, shown, 'fetched', patience)
  }
}

/** A folder of that name that somebody else made could be read, or filled, by them. */
async function mustBeOurs(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { uid } = await lstat(folder)
  if (process.getuid !== undefined && uid !== process.getuid())
    throw new SlideError('SLIDE_FORBIDDEN', `${folder} is the folder of another user`, {
      hint: 'set TIASTREAM_CACHE to a folder of your own',
    })
}

interface Asked extends Pick<Patience, 'quietMs'> {
  readonly uri: string
  /** The address as people may see it. */
  readonly shown: string
  readonly folder: string
  readonly options: RemoteOptions | undefined
  /** Bytes that the file may have, and those of all that are kept. */
  readonly most: number
  readonly kept: number
  readonly signal: AbortSignal | undefined
}

async function once(download: Asked): Promise<Downloaded> {
  const { uri, shown, folder, options, quietMs, signal } = download
  const door = await doorTo(uri, options)
  const asked = await door.ask({ 'accept-encoding': 'identity', 'user-agent': 'tiastream' })
  const answer = await exchange({ ...asked, signal, quietMs, follows: door.follows })
  try {
    if (answer.status !== 200) {
      if (door.learn?.(answer)) throw new Passing('the server says where it is')
      return await refuse(answer, shown, door.remedy)
    }
    const { etag, tag, modified } = versionIn(answer.headers)
    const state = etag ?? (tag !== undefined || modified !== 0 ? [tag ?? '', modified].join(' ') : await thisProcess())
    // `?id=7` is another file than `?id=8`; of the address only a hash is kept.
    const file = path.join(
      folder,
      createHash('sha256')
        .update(`${unsigned(uri)}\n${state}`)
        .digest('hex'),
    )
    const there = await stat(file).catch(() => null)
    if (there === null || isOther(there.size, answer)) await fetchInto(answer, file, download)
    else await utimes(file, new Date(), new Date()).catch(() => undefined)
    return { file, facts: { size: (await stat(file)).size, modified, etag } }
  } finally {
    answer.body.destroy()
  }
}

/** What the server knows no state of is good for this process only: the number of one that has ended is given again, of a container the same each time. */
const thisProcess = async (): Promise<string> => `of process ${JSON.stringify((await ownBirth()) ?? thisThread)}`
const thisThread = randomUUID()

/** The server says another length than the file of that state has. */
const isOther = (size: number, { headers }: Answer): boolean =>
  codingsOf(headers).length === 0 && headers['content-length'] !== undefined && Number(headers['content-length']) !== size

const unpackers: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

async function fetchInto({ body, headers }: Answer, file: string, { shown, most, kept: mostOfAll, signal }: Asked): Promise<void> {
  const length = headers['content-length'] === undefined ? null : Number(headers['content-length'])
  const tooLarge = (bytes: number) =>
    new SlideError('SLIDE_TOO_LARGE', `${shown} has ${bytes} bytes or more, and at most ${most} are kept in ${path.dirname(file)}`)
  if (length !== null && length > most) throw tooLarge(length)
  await makeRoom(path.dirname(file), mostOfAll - (length ?? 0))
  const partial = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}.partial`
  const coding = codingsOf(headers).join(', ')
  const unpack = unpackers[coding]
  if (coding !== '' && unpack === undefined)
    throw new SlideError('SLIDE_UNREADABLE', `${shown} comes compressed (${coding}), which is not unpacked here`)
  let [came, kept] = [0, 0]
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      came += chunk.length
      yield chunk
    }
  }
  const bounded = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      kept += chunk.length
      if (kept > most) throw tooLarge(kept)
      yield chunk
    }
  }
  const out = createWriteStream(partial, { mode: 0o600 })
  // A body that breaks off at once ends the stream while its file is still being made: taken away before that, it would be there afterwards.
  const closed = new Promise<void>((resolve) => void out.once('close', resolve))
  try {
    const whole = unpack === undefined ? pipeline(body, counted, bounded, out) : pipeline(body, counted, unpack(), bounded, out)
    await whole.catch((error: NodeJS.ErrnoException) => {
      signal?.throwIfAborted()
      if (error.code === 'ENOSPC')
        throw new SlideError('SLIDE_TOO_LARGE', `no space is left for ${shown} in ${path.dirname(file)}`, { cause: error })
      throw error instanceof SlideError ? error : new Passing(error.message, { cause: error })
    })
    if (length !== null && came !== length) throw new Passing(`only ${came} of ${length} bytes came`)
    await intoPlace(partial, file)
  } finally {
    await closed
    await rm(partial, { force: true })
  }
}

/** Those that were not used for longest go until no more than `most` bytes are left. One that is open is read on by whoever has it open. */
async function makeRoom(folder: string, most: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(folder)).filter(isKept).map(async (name) => ({ name, facts: await stat(path.join(folder, name)).catch(() => null) })),
  )
  let bytes = files.reduce((sum, { facts }) => sum + (facts?.size ?? 0), 0)
  for (const { name, facts } of files.sort((a, b) => (a.facts?.mtimeMs ?? 0) - (b.facts?.mtimeMs ?? 0))) {
    if (bytes <= most) return
    await rm(path.join(folder, name), { force: true }).catch(() => undefined)
    bytes -= facts?.size ?? 0
  }
}
