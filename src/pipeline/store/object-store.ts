/**
 * Results in a bucket. Exclusive is a PUT on a condition, whole is any PUT, lasting is its answer. Attempts write their files into a scratch folder of this
 * machine; `publish` brings all of them into the bucket, and only then makes objects of them.
 */

import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { RemoteOptions } from '../../core/address.js'
import { filesBelow } from '../../core/files/entries-below.js'
import type { Ends } from '../../core/files/may-replace.js'
import type { Column } from '../../core/row.js'
import { Bucket } from '../../remote/write/bucket.js'
import { probe } from '../../remote/write/probe.js'
import { abortOthers } from '../../remote/write/unfinished.js'
import { beginUpload, type Upload, type UploadSizes, usualSizes } from '../../remote/write/upload.js'
import { writing } from '../../sinks/common/file.js'
import { endsOfObject } from './ends-of-object.js'
import { inTurns } from './in-turns.js'
import { hasObjectJournal, openObjectJournal, removeObjectJournals } from './object-journal.js'
import type { Draft, Header, Journal, ResultStore } from './result-store.js'
import { makeScratch, scratchFolder } from './scratch.js'

export interface ObjectStoreOptions {
  readonly remote?: RemoteOptions | undefined
  /** The folder for files that are not uploaded yet. */
  readonly scratch?: string | undefined
  readonly sizes?: UploadSizes
}

export class ObjectStore implements ResultStore {
  readonly place: string
  readonly #bucket: Bucket
  readonly #options: ObjectStoreOptions
  readonly #scratch: string

  /** Throws SinkError for an invalid address. */
  constructor(address: string, options: ObjectStoreOptions = {}) {
    this.#bucket = new Bucket(address, options.remote)
    this.#options = options
    this.place = this.#bucket.uri
    // Of several outputs each has its own.
    this.#scratch = path.join(scratchFolder(options.scratch), createHash('sha256').update(this.place).digest('hex').slice(0, 12))
  }

  /** Throws OUTPUT_NO_CONDITIONS, OUTPUT_DENIED, OUTPUT_MISSING: whatever would lose results is found before any are made. */
  async prepare(): Promise<void> {
    await probe(this.#bucket)
    await makeScratch(this.#scratch)
  }

  async read(name: string): Promise<Buffer | null> {
    return (await this.#bucket.get(name))?.bytes ?? null
  }

  /** Of what was a folder the sum. */
  async size(name: string): Promise<number | null> {
    const there = await this.#bucket.head(name)
    if (there !== null) return there.size
    let sum: number | null = null
    for await (const { size } of this.#bucket.list(`${name}/`)) sum = (sum ?? 0) + size
    return sum
  }

  async swap(name: string, seen: Uint8Array | null, content: string | Uint8Array): Promise<boolean> {
    const bytes = bytesOf(content)
    if (seen === null) return (await this.#bucket.put(name, bytes, { isNew: true })) !== null
    const there = await this.#bucket.get(name)
    if (there === null || there.tag === null || !there.bytes.equals(seen)) return false
    return (await this.#bucket.put(name, bytes, { tag: there.tag })) !== null
  }

  async replace(name: string, content: string | Uint8Array): Promise<void> {
    await this.#bucket.put(name, bytesOf(content))
  }

  touch(name: string, content: string): Promise<void> {
    return this.replace(name, content)
  }

  remove(name: string): Promise<void> {
    return this.#bucket.remove(name)
  }

  async list(folder: string): Promise<readonly string[]> {
    const names: string[] = []
    for await (const { key, isPrefix } of this.#bucket.list(`${folder}/`, '/')) if (!isPrefix && !key.endsWith('/')) names.push(key)
    return names
  }

  async endsOf(name: string): Promise<Ends | null> {
    const there = await this.#bucket.head(name)
    return there === null ? null : endsOfObject(this.#bucket, name, there.size)
  }

  /** An object takes nobody's place but that of its own name. */
  async mustBeFree(): Promise<void> {}

  async draft(attempt: string, name: string): Promise<string> {
    const file = path.join(this.#scratch, attempt, `${name}.partial`)
    await writing(file, async () => {
      await mkdir(path.dirname(file), { recursive: true })
      await rm(file, { recursive: true, force: true })
    })
    return file
  }

  async publish(drafts: readonly Draft[]): Promise<readonly number[]> {
    const begun: Upload[] = []
    try {
      const all: Publishing[] = []
      for (const draft of drafts) {
        const publishing = await this.#begin(draft, begun)
        all.push(publishing)
      }
      for (const { first, last } of all) {
        await inTurns(first, (upload) => upload.complete())
        await inTurns(last, (upload) => upload.complete())
      }
      for (const { folder, names } of all) if (folder !== null) await this.#removeOthers(folder, names)
      return all.map(({ first, last }) => [...first, ...last].reduce((sum, { size }) => sum + size, 0))
    } catch (error) {
      await Promise.all(begun.map((upload) => upload.abort()))
      throw error
    }
  }

  async attempts(): Promise<readonly string[]> {
    const entries = await readdir(this.#scratch, { withFileTypes: true }).catch(() => [])
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  }

  async discard(attempt: string): Promise<void> {
    const folder = path.join(this.#scratch, attempt)
    await writing(folder, () => rm(folder, { recursive: true, force: true }))
  }

  openJournal(slide: string, _attempt: string, columns: readonly Column[], asked: Header): Promise<Journal> {
    return openObjectJournal(this.#bucket, slide, columns, asked)
  }

  hasJournal(slide: string): Promise<boolean> {
    return hasObjectJournal(this.#bucket, slide)
  }

  removeJournals(slide: string): Promise<void> {
    return removeObjectJournals(this.#bucket, slide)
  }

  async #begin({ path: draft, name }: Draft, begun: Upload[]): Promise<Publishing> {
    const sizes = this.#options.sizes ?? usualSizes
    const begin = async (file: string, to: string): Promise<Upload> => {
      const { size } = await writing(file, () => stat(file))
      // Of killed attempts: who publishes this name is its holder. Those of other names may be anybody's.
      if (size > sizes.whole) await abortOthers(this.#bucket, to)
      const upload = await beginUpload(this.#bucket, to, file, sizes)
      begun.push(upload)
      return upload
    }
    if (!(await writing(draft, () => stat(draft))).isDirectory())
      return { first: [await begin(draft, name)], last: [], folder: null, names: new Set() }
    const [first, last]: [Upload[], Upload[]] = [[], []]
    const names = await filesBelow(draft)
    for (const below of names) {
      // What says what the others are comes last.
      const isHead = !below.includes('/')
      ;(isHead ? last : first).push(await begin(path.join(draft, below), `${name}/${below}`))
    }
    return { first, last, folder: name, names: new Set(names.map((below) => `${name}/${below}`)) }
  }

  /** What an earlier folder of that name had besides. */
  async #removeOthers(folder: string, names: ReadonlySet<string>): Promise<void> {
    const others: string[] = []
    for await (const { key } of this.#bucket.list(`${folder}/`)) if (!names.has(key)) others.push(key)
    await inTurns(others, (name) => this.#bucket.remove(name))
  }
}

interface Publishing {
  readonly first: readonly Upload[]
  readonly last: readonly Upload[]
  /** Null for a file. */
  readonly folder: string | null
  readonly names: ReadonlySet<string>
}

const bytesOf = (content: string | Uint8Array): Uint8Array => (typeof content === 'string' ? Buffer.from(content) : content)
