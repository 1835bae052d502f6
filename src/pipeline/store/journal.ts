/**
 * The journal of one slide: rows that are finished while the slide is not. A file an attempt, which nobody else writes to and which only grows: a
 * head, which says what its rows follow from and after which frame of another file they come, and a frame for each band of patches: its
 * batches. What killed attempts left is taken up along the longest chain of whole frames; torn tails are not believed. All are deleted when
 * the slide is committed.
 */

import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { batchesIn, piecesOf } from '../../core/batches/batch-bytes.js'
import { joinShort } from '../../core/bytes-of.js'
import { openPlain } from '../../core/files/plain-file.js'
import type { Column } from '../../core/row.js'
import { sameContent } from '../../core/slide.js'
import { whenFree } from '../../flow/file-handles.js'
import { writing } from '../../sinks/common/file.js'
import { writeWhole } from './durable.js'
import { bytesAt, frameOf, noFrame, wholeFrames } from './frames.js'
import { fsyncFolder } from './fsync.js'
import { GrowingFile } from './growing-file.js'
import { makeInside, noLink } from './inside.js'
import { type Header, type Journal, journalGone, state } from './result-store.js'

/** What a frame holds: raised when that changes. Without it, it was an Arrow stream. */
export const layout = 'columns/1'

const ending = '.journal'
const folderOf = (output: string, slide: string): string => path.join(output, state, 'journal', slide)
export const journalFile = (output: string, slide: string, attempt: string): string =>
  path.join(folderOf(output, slide), `${attempt}${ending}`)

/**
 * All of a slide, also what versions before left. What stays is no harm, and goes with the next attempt: an attempt that nobody waits for any more
 * may still write, and of what somebody else has open NFS keeps a file in the folder until he closes it.
 */
export async function removeJournals(output: string, slide: string): Promise<void> {
  const folder = folderOf(output, slide)
  await writing(folder, async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EBUSY') throw error
    })
  })
}

/** Opens the journal of an attempt; what belongs to other rows or another content is not taken up, and goes. */
export async function openJournal(
  output: string,
  slide: string,
  attempt: string,
  columns: readonly Column[],
  asked: Header,
): Promise<Journal> {
  const header = { ...asked, made: { ...asked.made, columns: signatureOf(columns), journal: layout } }
  await makeInside(output, folderOf(output, slide))
  const { taken, anew } = await takenUp(folderOf(output, slide), header)
  const last = taken.at(-1)
  const content = Buffer.from(JSON.stringify({ ...header, after: last?.hash ?? null }))
  const through = last?.through ?? 0
  const head = frameOf([content], [through, 0], noFrame)
  const at = journalFile(output, slide, attempt)
  await writing(at, async () => {
    await writeWhole(at, Buffer.concat(head.bytes))
    await fsyncFolder(path.dirname(at))
  })
  let hash = head.hash
  const file = await GrowingFile.open(
    at,
    head.bytes.reduce((sum, { length }) => sum + length, 0),
  )
  return {
    through,
    rows: taken.reduce((sum, { rows }) => sum + rows, 0),
    anew: taken.length > 0 ? null : anew,
    async *replay() {
      for (const [name, frames] of byFile(taken)) {
        const handle = await whenFree(() => openPlain(name, noLink)).catch((cause: unknown) => {
          throw journalGone(name, cause)
        })
        try {
          for (const frame of frames) {
            const bytes = await bytesAt(handle, frame.at, frame.length)
            if (bytes === null) throw journalGone(name)
            // In memory of its own: numbers must be aligned.
            yield* batchesIn(columns, new Uint8Array(bytes).buffer)
          }
        } finally {
          await handle.close()
        }
      }
    },
    async append(batches, through) {
      const rows = batches.reduce((sum, { length }) => sum + length, 0)
      // Nothing is waited for: frames are added in the order of the calls, and each follows from the one before.
      const frame = frameOf(joinShort(batches.flatMap((batch) => piecesOf(batch).pieces)), [through, rows], hash)
      hash = frame.hash
      return file.add(frame.bytes)
    },
    async close(inVain = false) {
      await file.close()
      // A slide that fails each time would leave one more with each run.
      if (inVain && hash === head.hash) await rm(at, { force: true })
    },
  }
}

/** What the bytes of a batch follow from besides its numbers. */
export const signatureOf = (columns: readonly Column[]): string =>
  columns.map(({ name, type, size, element }) => [name, type, size, element].filter((one) => one !== undefined).join(' ')).join(', ')

/** A whole frame of a band, and where it lies. */
interface Band {
  readonly file: string
  readonly at: number
  readonly length: number
  readonly through: number
  readonly rows: number
  readonly hash: string
  /** The frame before it, in whatever file; null at the beginning of the slide. */
  readonly before: string | null
}

interface TakenUp {
  readonly taken: readonly Band[]
  /** Why what is there is not taken up. */
  readonly anew: string | null
}

/** The chain of whole frames that reaches farthest. Files that belong to something else go: nobody else may write here now. */
async function takenUp(folder: string, header: Header): Promise<TakenUp> {
  const bands = new Map<string, Band>()
  let anew: string | null = null
  for (const name of (await readdir(folder)).toSorted()) {
    const file = path.join(folder, name)
    const left = name.endsWith(ending) ? await earlier(file) : null
    const other = left && difference(left.header, header)
    if (other !== null && left && left.bands.length > 0) anew = other
    if (left === null || other !== null) await rm(file, { recursive: true, force: true })
    else for (const band of left.bands) bands.set(band.hash, band)
  }
  let best: readonly Band[] = []
  for (const end of [...bands.values()].toSorted((a, b) => b.through - a.through)) {
    if (end.through <= (best.at(-1)?.through ?? 0)) break
    best = chainTo(end, bands) ?? best
  }
  return { taken: best, anew }
}

/** Null where the beginning is missing. */
function chainTo(end: Band, bands: ReadonlyMap<string, Band>): readonly Band[] | null {
  const chain = [end]
  for (let at = end; at.before !== null; ) {
    const before = bands.get(at.before)
    if (!before || before.through > at.through) return null
    chain.push(before)
    at = before
  }
  return chain.reverse()
}

function byFile(bands: readonly Band[]): readonly (readonly [string, readonly Band[]])[] {
  const runs: [string, Band[]][] = []
  for (const band of bands) {
    const run = runs.at(-1)
    if (run?.[0] === band.file) run[1].push(band)
    else runs.push([band.file, [band]])
  }
  return runs
}

/** What an earlier attempt left; null where there is nothing that can be believed. */
async function earlier(file: string): Promise<{ readonly header: Partial<Header>; readonly bands: readonly Band[] } | null> {
  const handle = await whenFree(() => openPlain(file, noLink)).catch(() => null)
  if (handle === null) return null
  try {
    let header: Partial<Header> | null = null
    const bands: Band[] = []
    let before: string | null = null
    for await (const { content, at, length, numbers, hash } of wholeFrames(handle)) {
      if (header) {
        const band: Band = { file, at, length, through: numbers[0], rows: numbers[1], hash: hash.toString('hex'), before }
        bands.push(band)
        before = band.hash
      } else {
        const { after, ...said } = JSON.parse(content.toString()) as Partial<Header> & { readonly after?: unknown }
        header = said
        before = typeof after === 'string' ? after : null
      }
    }
    return header && { header, bands }
  } catch {
    return null
  } finally {
    await handle.close()
  }
}

/** How the rows of a journal differ from those that are wanted; null when they do not. A header may be of any version. */
export function difference(was: Partial<Header>, is: Header): string | null {
  if (!was.identity || !sameContent(was.identity, is.identity)) return 'they are of other content of the slide'
  if (was.fingerprint !== is.fingerprint) return 'they are of another mask, list or pipeline'
  for (const [name, value] of Object.entries(is.made)) {
    if (was.made?.[name] !== value)
      return name === 'columns'
        ? 'they have other columns'
        : `they were made with ${name} ${was.made?.[name] ?? 'unknown'}, and this is ${value ?? 'none'}`
  }
  return null
}
