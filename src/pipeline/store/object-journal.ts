/**
 * The journal of one slide in a bucket: `.tiastream/journal/<slide>/<what its rows follow from>/`, in it a head, and an object for bands that became ready
 * together: its name says from which patch to which, and how many rows. An object is whole or not there, so what is taken up is what goes on without a gap.
 * Rows of one head are the same whoever makes them: attempts add to one journal, and one that is thought dead repeats at worst.
 */

import { createHash } from 'node:crypto'
import type { Batch } from '../../core/batch.js'
import { batchesIn, piecesOf } from '../../core/batches/batch-bytes.js'
import { SinkError } from '../../core/errors.js'
import type { Column } from '../../core/row.js'
import type { Bucket } from '../../remote/write/bucket.js'
import { frameOf, noFrame, wholeFrames } from './frames.js'
import { inTurns } from './in-turns.js'
import { difference, layout, signatureOf } from './journal.js'
import { type Header, type Journal, journalGone, state } from './result-store.js'

const folderOf = (slide: string): string => `${state}/journal/${slide}`

interface Bands {
  readonly name: string
  readonly from: number
  readonly through: number
  readonly rows: number
}

/** The next slide's list is asked for before its first patch, so nothing is gained by holding fewer. */
const numbered = (value: number): string => String(value).padStart(10, '0')

export async function openObjectJournal(bucket: Bucket, slide: string, columns: readonly Column[], asked: Header): Promise<Journal> {
  const header = { ...asked, made: { ...asked.made, columns: signatureOf(columns), journal: layout } }
  const content = Buffer.from(JSON.stringify(header))
  const folder = `${folderOf(slide)}/${createHash('sha256').update(content).digest('hex').slice(0, 16)}`
  const names: string[] = []
  for await (const { key } of bucket.list(`${folderOf(slide)}/`)) names.push(key)
  const taken = withoutGaps(names.flatMap((name) => bandsOf(name, folder)))
  const others = names.filter((name) => name.endsWith('/head') && !name.startsWith(`${folder}/`))
  const anew = taken.length > 0 || others.length === 0 ? null : await whyAnew(bucket, others, header)
  if (!names.includes(`${folder}/head`)) await bucket.put(`${folder}/head`, content)
  const last = taken.at(-1)?.through ?? 0
  const pen = new Pen(bucket, folder, last)
  return {
    through: last,
    rows: taken.reduce((sum, { rows }) => sum + rows, 0),
    anew,
    async *replay() {
      for (const bands of taken) for await (const bytes of framesOf(bucket, bands)) yield* batchesIn(columns, new Uint8Array(bytes).buffer)
    },
    append: (batches, through) => pen.add(batches, through),
    close: () => pen.close(),
  }
}

/** Throws SinkError. */
export async function hasObjectJournal(bucket: Bucket, slide: string): Promise<boolean> {
  for await (const _ of bucket.list(`${folderOf(slide)}/`)) return true
  return false
}

/** Throws SinkError. */
export async function removeObjectJournals(bucket: Bucket, slide: string): Promise<void> {
  const names: string[] = []
  for await (const { key } of bucket.list(`${folderOf(slide)}/`)) names.push(key)
  await inTurns(names, (name) => bucket.remove(name))
}

function bandsOf(name: string, folder: string): Bands[] {
  const [, from, through, rows] = name.startsWith(`${folder}/`) ? (/\/(\d{10})-(\d{10})-(\d+)$/.exec(name) ?? []) : []
  return from === undefined ? [] : [{ name, from: Number(from), through: Number(through), rows: Number(rows) }]
}

/** From the first patch on, what goes on where the last one ends; of several the longest. */
function withoutGaps(all: readonly Bands[]): readonly Bands[] {
  const taken: Bands[] = []
  for (let at = 0; ; ) {
    const next = all.filter(({ from, through }) => from === at && through > at).sort((a, b) => b.through - a.through)[0]
    if (next === undefined) return taken
    taken.push(next)
    at = next.through
  }
}

async function whyAnew(bucket: Bucket, heads: readonly string[], header: Header): Promise<string | null> {
  for (const name of heads) {
    try {
      return difference(JSON.parse(`${(await bucket.get(name))?.bytes}`) as Partial<Header>, header)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  return null
}

/** The contents of the frames of an object. */
async function* framesOf(bucket: Bucket, { name, rows, through }: Bands): AsyncGenerator<Buffer> {
  const stored = await bucket.get(name)
  if (stored === null) throw journalGone(`${bucket.uri}${name}`)
  const { bytes } = stored
  let [seen, last] = [0, 0]
  for await (const { content, numbers } of wholeFrames(inMemory(bytes))) {
    yield content
    last = numbers[0]
    seen += numbers[1]
  }
  if (seen === rows && last === through) return
  await bucket.remove(name)
  throw new SinkError('OUTPUT_BROKEN', `${bucket.uri}${name} holds ${seen} whole rows, and its name says ${rows}`, {
    hint: 'it is removed: run again, its patches are done anew',
  })
}

/** Bytes that are read as a file is. */
const inMemory = (bytes: Buffer): Parameters<typeof wholeFrames>[0] => ({
  stat: async () => ({ size: bytes.length }),
  read: async (into: Buffer, offset: number, length: number, position: number) => ({
    bytesRead: bytes.copy(into, offset, position, position + length),
  }),
})

interface Added {
  readonly frames: (before: Uint8Array) => { readonly bytes: readonly Uint8Array[]; readonly hash: Buffer }
  readonly through: number
  readonly rows: number
  readonly settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void }
}

/** Most bytes of an object: what is ready beyond them waits for the next one. */
const mostBytes = 64 * 2 ** 20

/** One PUT at a time: bands that become ready meanwhile share the next one. */
class Pen {
  readonly #waiting: Added[] = []
  #writing: Promise<void> | null = null
  #failed: { readonly error: unknown } | null = null

  constructor(
    private readonly bucket: Bucket,
    private readonly folder: string,
    private from: number,
  ) {}

  add(batches: readonly Batch[], through: number): Promise<void> {
    const rows = batches.reduce((sum, { length }) => sum + length, 0)
    // Now: what is lent to us may be written over later.
    const pieces = batches.flatMap((batch) => piecesOf(batch).pieces)
    const safe = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ frames: (before) => frameOf(pieces, [through, rows], before), through, rows, settle: { resolve, reject } })
    })
    this.#writing ??= this.#write()
    return safe
  }

  async close(): Promise<void> {
    await this.#writing
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const added: Added[] = []
      const bytes: Uint8Array[] = []
      let [length, rows, through] = [0, 0, this.from]
      let before: Uint8Array = noFrame
      while (this.#waiting.length > 0 && length < mostBytes) {
        const next = this.#waiting.shift()!
        const frame = next.frames(before)
        before = frame.hash
        bytes.push(...frame.bytes)
        length += frame.bytes.reduce((sum, piece) => sum + piece.length, 0)
        rows += next.rows
        through = next.through
        added.push(next)
      }
      try {
        if (this.#failed) throw this.#failed.error
        await this.bucket.put(`${this.folder}/${numbered(this.from)}-${numbered(through)}-${rows}`, Buffer.concat(bytes))
        this.from = through
        for (const { settle } of added) settle.resolve()
      } catch (error) {
        this.#failed ??= { error }
        for (const { settle } of added) settle.reject(error)
      }
    }
    this.#writing = null
  }
}
