/**
 * Fetches a large file. It grows as `FILE.partial`, beside it `FILE.partial.json` says of which version it is a part; only when
 * all of it is there and its hash is right is it renamed. What was fetched is kept over a failure, and taken up again.
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { ModelError } from '../../core/errors.js'
import { intoPlace } from '../../core/files/into-place.js'
import { makeFolder } from '../../core/files/make-folder.js'
import { onDisk } from '../../core/files/on-disk.js'
import { Pace, slowMsOf } from '../../flow/pace.js'
import { type Answer, request } from './http.js'

export interface DownloadOptions {
  readonly signal?: AbortSignal
  /** sha256 (hex) the file must have. */
  readonly sha256?: string
  /** Bytes so far, and in all where the server says. */
  readonly onProgress?: (done: number, total: number | null) => void
  /** Tries after a failure that may pass; default 4. */
  readonly retries?: number
  /** First pause before trying again, doubled each time; default one second. */
  readonly pauseMs?: number
  /** A server that sends nothing for so long is given up, and one that sends next to nothing for six times as long; default a minute. */
  readonly quietMs?: number
}

export interface Downloaded {
  readonly bytes: number
  readonly sha256: string
  readonly url: string
}

/** Weights are below 1 GB; a server that sends more is not stopped by a full disk but here. */
const mostBytes = 4 * 1024 ** 3

/** Of which version the partial file is a part. */
interface Part {
  readonly url: string
  /** A strong entity tag, or a date: what If-Range takes. */
  readonly version: string | null
  readonly total: number | null
  readonly sha256: string | null
}

/** A failure that may pass: tried again. */
class Passing extends Error {
  constructor(
    message: string,
    readonly afterMs: number | null = null,
  ) {
    super(message)
  }
}

/** What is here is a part of something else: thrown away, and begun again. */
class Changed extends Passing {}

/** Fetches `url` into `file`. Throws DOWNLOAD_FAILED (try again later), DOWNLOAD_REFUSED or HASH_MISMATCH. */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<Downloaded> {
  const { retries = 4, pauseMs = 1000, signal } = options
  await makeFolder(path.dirname(file))
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetchOnce(url, file, options)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ModelError) throw error
      if (error instanceof Changed) await rm(`${file}.partial`, { force: true })
      const why = reasonOf(error)
      if (attempt >= (isUnreachable(error) ? Math.min(retries, 1) : retries))
        throw new ModelError('DOWNLOAD_FAILED', `${url} could not be fetched: ${why}`, { cause: error })
      const wait = error instanceof Passing && error.afterMs !== null ? error.afterMs : pauseMs * 2 ** attempt
      await pause(Math.min(wait, 30_000), undefined, signal ? { signal } : {})
    }
  }
}

async function fetchOnce(url: string, file: string, options: DownloadOptions): Promise<Downloaded> {
  const { signal, quietMs = 60_000 } = options
  const partial = `${file}.partial`
  const note = `${partial}.json`
  const known = await partOf(url, partial, note)
  const quiet = new AbortController()
  const timer = setTimeout(() => quiet.abort(new Passing(`nothing came for ${quietMs / 1000} s`)), quietMs)
  try {
    const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'tiastream' }
    if (known.have > 0) Object.assign(headers, { range: `bytes=${known.have}-`, 'if-range': known.part!.version! })
    const answer = await request(url, headers, signal ? AbortSignal.any([signal, quiet.signal]) : quiet.signal)
    const start = await startOf(answer, known, url)
    const total = totalOf(answer, start)
    const part: Part = {
      url,
      version: versionOf(answer),
      total,
      sha256: answer.sha256 ?? (start > 0 ? (known.part?.sha256 ?? null) : null),
    }
    // the old part goes before the note says of which version the new one is
    if (start === 0) await rm(partial, { force: true })
    await writeFile(note, JSON.stringify(part))
    const pace = new Pace(slowMsOf(quietMs), performance.now())
    const came = (length: number) => {
      timer.refresh()
      const why = pace.tooSlow(length, performance.now())
      if (why !== null) throw new Passing(why)
    }
    const bytes = await receive(answer, { partial, start, total, came }, options)
    if (total !== null && bytes !== total) throw new Passing(`it ended after ${bytes} of ${total} bytes`)
    return await finish(file, partial, note, part, bytes, options)
  } finally {
    clearTimeout(timer)
    quiet.abort()
  }
}

interface Had {
  readonly have: number
  readonly part: Part | null
}

/** What is there already, if it can be taken up: a part of this URL whose version the server can be asked about. */
async function partOf(url: string, partial: string, note: string): Promise<Had> {
  try {
    const part = JSON.parse(await readFile(note, 'utf8')) as Part
    const { size } = await stat(partial)
    if (part.url === url && part.version !== null && (part.total === null || size <= part.total)) return { have: size, part }
  } catch {
    // nothing there, or half written: start again
  }
  return { have: 0, part: null }
}

/** From which byte the answer goes on. */
async function startOf(answer: Answer, { have, part }: Had, url: string): Promise<number> {
  const { status, headers } = answer
  if (status === 200) return 0
  if (status === 206 && have > 0) {
    const from = Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1])
    const version = versionOf(answer)
    if (from === have && (version === null || version === part?.version)) return have
  }
  await answer.response.body?.cancel()
  if (status === 206) throw new Changed(`the server answers with another part (${headers.get('content-range')}) or version`)
  if (status === 416) {
    // all of it is there already
    if (headers.get('content-range') === `bytes */${have}`) return have
    throw new Changed('the server has less than what is here')
  }
  if (status === 408 || status === 429 || status >= 500) {
    const after = Number(headers.get('retry-after'))
    throw new Passing(`the server says ${status}`, Number.isFinite(after) && after > 0 ? after * 1000 : null)
  }
  throw new ModelError('DOWNLOAD_FAILED', `${url} could not be fetched: the server says ${status}`)
}

function totalOf({ status, headers }: Answer, start: number): number | null {
  if (status === 416) return start
  const length = headers.get('content-length')
  const whole = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1]
  const total = whole !== undefined ? Number(whole) : length === null ? null : start + Number(length)
  if (total !== null && !(total <= mostBytes)) {
    throw new ModelError('DOWNLOAD_REFUSED', `the server announces ${total} bytes, more than weights have (${mostBytes})`)
  }
  return total
}

/** If-Range takes strong tags and dates only. */
function versionOf({ headers }: Answer): string | null {
  const tag = headers.get('etag')
  return tag?.startsWith('"') ? tag : headers.get('last-modified')
}

interface Receiving {
  readonly partial: string
  readonly start: number
  readonly total: number | null
  /** Told how many bytes have come by now. Throws Passing where they are too few. */
  readonly came: (length: number) => void
}

async function receive(
  { status, response }: Answer,
  { partial, start, total, came }: Receiving,
  { onProgress }: DownloadOptions,
): Promise<number> {
  const out = await open(partial, start > 0 ? 'r+' : 'w')
  let done = start
  try {
    if (status !== 416 && response.body) {
      for await (const chunk of response.body) {
        came(done + chunk.length - start)
        if (done + chunk.length > (total ?? mostBytes)) {
          throw new ModelError('DOWNLOAD_REFUSED', `the server sends more than the ${total ?? mostBytes} bytes it may`)
        }
        // A disk that is nearly full takes a part of it, and says so.
        for (let at = 0; at < chunk.length; ) at += (await out.write(chunk, at, chunk.length - at, done + at)).bytesWritten
        done += chunk.length
        onProgress?.(done, total)
      }
    }
    await out.truncate(done)
    await onDisk(out)
  } finally {
    await out.close()
  }
  return done
}

async function finish(
  file: string,
  partial: string,
  note: string,
  part: Part,
  bytes: number,
  options: DownloadOptions,
): Promise<Downloaded> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(partial), hash)
  const sha256 = hash.digest('hex')
  const wanted = options.sha256 ?? part.sha256
  if (wanted !== null && wanted !== sha256) {
    await rm(partial, { force: true })
    await rm(note, { force: true })
    throw new ModelError('HASH_MISMATCH', `${part.url} has the sha256 ${sha256}, not ${wanted}`, {
      hint: 'what was fetched is thrown away; the file was changed on the way, or is another version',
    })
  }
  await intoPlace(partial, file)
  await rm(note, { force: true })
  return { bytes, sha256, url: part.url }
}

/** No such host, or nobody there: waiting long does not help. */
function isUnreachable(error: unknown): boolean {
  const { code } = (error instanceof Error ? (error.cause ?? {}) : {}) as { code?: string }
  return ['ENOTFOUND', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH'].includes(code ?? '')
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as Error | undefined) : undefined
  const inner = cause instanceof AggregateError ? (cause.errors[0] as Error | undefined) : cause
  return inner?.message || (error instanceof Error ? error.message : String(error))
}
