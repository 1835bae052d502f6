/**
 * A file of this machine on its way into a bucket. `begin` brings all of its bytes there, and nobody sees them; `complete` makes them an object. A small file
 * is one PUT, made at `complete`; a larger one goes in parts, four at once.
 */

import { randomUUID } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { SinkError } from '../../core/errors.js'
import { bodyOf, bodyOfFile, cannotRead } from './body.js'
import type { Bucket } from './bucket.js'
import type { Part, Question } from './dialect.js'
import { abortOthers, abortUpload } from './unfinished.js'

const MiB = 2 ** 20

export interface UploadSizes {
  /** A file up to so many bytes is one PUT. */
  readonly whole: number
  readonly part: number
  /** Parts on their way. */
  readonly atOnce: number
}

export const usualSizes: UploadSizes = { whole: 16 * MiB, part: 16 * MiB, atOnce: 4 }

export interface Upload {
  readonly size: number
  /** Makes it an object. Answers its state. Throws SinkError. */
  complete(): Promise<{ readonly tag: string | null }>
  /** Lets go of what is there of it. Never throws. */
  abort(): Promise<void>
}

/** The parts of a file: as large as said, larger where they would be too many. */
export function partSize(size: number, { part }: UploadSizes, { least, most }: { readonly least: number; readonly most: number }): number {
  const needed = Math.ceil(size / most / MiB) * MiB
  return Math.max(part, least, needed)
}

/** Throws SinkError; then nothing of it is left in the bucket. */
export async function beginUpload(bucket: Bucket, name: string, file: string, sizes: UploadSizes = usualSizes): Promise<Upload> {
  const handle = await open(file, 'r').catch(cannotRead(file))
  try {
    const { size } = await handle.stat()
    if (size <= sizes.whole) {
      await handle.close()
      return {
        size,
        complete: () => putFile(bucket, name, file, size),
        abort: async () => undefined,
      }
    }
    const upload = new Parts(bucket, name, size)
    try {
      await upload.send(handle, file, sizes)
    } catch (error) {
      await upload.abort()
      throw error
    }
    return upload
  } finally {
    await handle.close().catch(() => undefined)
  }
}

async function putFile(bucket: Bucket, name: string, file: string, size: number) {
  const handle = await open(file, 'r').catch(cannotRead(file))
  try {
    return (await bucket.put(name, await bodyOfFile(handle, file, 0, size)))!
  } finally {
    await handle.close()
  }
}

/** Milliseconds in which a store puts parts together: some send spaces meanwhile. */
const mostWork = 30 * 60_000

class Parts implements Upload {
  /** By which an object is known to be of this upload. */
  readonly #mark = randomUUID()
  readonly #parts: Part[] = []
  #id: string = this.#mark

  constructor(
    private readonly bucket: Bucket,
    private readonly name: string,
    readonly size: number,
  ) {}

  async send(handle: FileHandle, file: string, sizes: UploadSizes): Promise<void> {
    const { dialect } = this.bucket
    if (dialect.begin !== null) {
      const { method, query } = dialect.begin
      const { bytes, again } = await this.bucket.ask(this.name, {
        method,
        query,
        headers: { [dialect.mark]: this.#mark },
        doing: 'written',
        answers: [200],
      })
      const id = /<UploadId>([^<]+)<\/UploadId>/.exec(bytes.toString('utf8'))?.[1]
      if (id === undefined)
        throw new SinkError('OUTPUT_FAILED', `${this.bucket.uri}${this.name} cannot be written: the store gives no upload a number`)
      this.#id = id.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
      // A try whose answer was lost may have begun another one, whose number nobody knows.
      if (again) await abortOthers(this.bucket, this.name, this.#id)
    }
    const length = partSize(this.size, sizes, dialect.parts)
    const count = Math.ceil(this.size / length)
    // The first that fails ends the others before their next part.
    let next = 0
    let failed = false
    const worker = async () => {
      while (!failed && next < count) {
        const number = ++next
        await this.#part(handle, file, number, (number - 1) * length, Math.min(length, this.size - (number - 1) * length)).catch(
          (error: unknown) => {
            failed = true
            throw error
          },
        )
      }
    }
    const ended = await Promise.allSettled(Array.from({ length: Math.min(sizes.atOnce, count) }, worker))
    for (const end of ended) if (end.status === 'rejected') throw end.reason
    this.#parts.sort((a, b) => a.number - b.number)
  }

  async #part(handle: FileHandle, file: string, number: number, at: number, length: number): Promise<void> {
    const body = await bodyOfFile(handle, file, at, length)
    const { method, query } = this.bucket.dialect.part(this.#id, number)
    const judge = this.bucket.judgeOf(body)
    const sent = { method, query, body, judge, doing: 'written', answers: [200, 201] }
    const { headers } = await this.bucket.ask(this.name, sent)
    this.#parts.push({ number, tag: headers.etag ?? '' })
  }

  async complete(): Promise<{ readonly tag: string | null }> {
    const { dialect } = this.bucket
    const question = dialect.complete(this.#id, this.#parts)
    // Of Azure it is the last request that makes the blob, and so bears the mark.
    const marked = dialect.begin === null ? { [dialect.mark]: this.#mark } : {}
    const said = await this.#ask({ ...question, headers: { ...question.headers, ...marked } }, [200, 201, 404])
    if (said.status === 404) {
      // An earlier try may have completed it; else somebody has cleared it away.
      const there = await this.bucket.head(this.name)
      if (there?.mark === this.#mark) return there
      throw new SinkError('OUTPUT_MISSING', `${this.bucket.uri}${this.name} cannot be written: its upload is gone (${said.code ?? 404})`, {
        hint: 'somebody aborts uploads here, or has removed the bucket: run again',
      })
    }
    const tag = /<ETag>([^<]+)<\/ETag>/.exec(said.bytes.toString('utf8'))?.[1]?.replaceAll('&quot;', '"').replaceAll('&#34;', '"')
    return { tag: dialect.tagOf(said.headers) ?? tag ?? null }
  }

  async abort(): Promise<void> {
    // Also after the run was stopped.
    await abortUpload(this.bucket, { name: this.name, id: this.#id }).catch(() => undefined)
  }

  #ask({ method, query, headers = {}, text = '' }: Question, answers: readonly number[]) {
    const sent = { method, query, headers, body: bodyOf(Buffer.from(text)), doing: 'written', answers, slowMs: mostWork }
    return this.bucket.ask(this.name, sent)
  }
}
