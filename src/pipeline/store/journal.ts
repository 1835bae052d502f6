/**
 * The journal of one slide: rows that are finished while the slide is not. One file that only grows: a head, which says what its rows follow
 * from, and a frame for each band of patches: its batches. A killed run is taken up after the last whole frame; a torn tail is cut off.
 * Deleted when the slide is committed.
 */

import { type FileHandle, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { batchesIn, piecesOf } from '../../core/batch-bytes.js'
import { joinShort } from '../../core/bytes-of.js'
import type { Column } from '../../core/row.js'
import { sameContent } from '../../core/slide.js'
import { whenFree } from '../../flow/file-handles.js'
import { writing } from '../../sinks/common/file.js'
import { writeShared } from './durable.js'
import { bytesAt, endOf, type Frame, frameOf, headBytes, noFrame, wholeFrames } from './frames.js'
import { GrowingFile, readable } from './growing-file.js'
import { makeInside } from './inside.js'
import { type Header, type Journal, state } from './result-store.js'

/** What a frame holds: raised when that changes. Without it, it was an Arrow stream. */
export const layout = 'columns/1'

const folderOf = (output: string): string => path.join(output, state, 'journal')
export const journalFile = (output: string, slide: string): string => path.join(folderOf(output), `${slide}.journal`)

/** A slide that is done needs no journal; a run killed right after the commit leaves one. */
export async function removeJournals(output: string, slide: string): Promise<void> {
  const file = journalFile(output, slide)
  await writing(file, async () => {
    await rm(file, { recursive: true, force: true })
    // Version 0.1 had a folder for each slide.
    await rm(path.join(folderOf(output), slide), { recursive: true, force: true })
  })
}

/** Opens the journal of a slide; one that belongs to other rows or another file is started anew. */
export async function openJournal(
  output: string,
  slide: string,
  _attempt: string,
  columns: readonly Column[],
  asked: Header,
): Promise<Journal> {
  const header = { ...asked, made: { ...asked.made, columns: signatureOf(columns), journal: layout } }
  const at = journalFile(output, slide)
  await makeInside(output, folderOf(output))
  const known = await earlier(at)
  const other = known && difference(known.header, header)
  const anew = known === null || other !== null
  if (anew) await removeJournals(output, slide)
  const { head, bands } = anew ? await begun(at, header) : known
  const last = bands.at(-1) ?? head
  let hash = last.hash
  const file = await GrowingFile.open(at, endOf(last))
  return {
    through: last.numbers[0],
    rows: bands.reduce((sum, { numbers }) => sum + numbers[1], 0),
    anew: known && known.bands.length > 0 ? other : null,
    async *replay() {
      // In memory of its own: numbers must be aligned.
      for (const { at, length } of bands) yield* batchesIn(columns, new Uint8Array((await bytesAt(file.handle, at, length))!).buffer)
    },
    async append(batches, through) {
      const rows = batches.reduce((sum, { length }) => sum + length, 0)
      // Nothing is waited for: frames are added in the order of the calls, and each follows from the one before.
      const frame = frameOf(joinShort(batches.flatMap((batch) => piecesOf(batch).pieces)), [through, rows], hash)
      hash = frame.hash
      return file.add(frame.bytes)
    },
    close: () => file.close(),
  }
}

/** What the bytes of a batch follow from besides its numbers. */
export const signatureOf = (columns: readonly Column[]): string =>
  columns.map(({ name, type, size, element }) => [name, type, size, element].filter((one) => one !== undefined).join(' ')).join(', ')

async function begun(file: string, header: Header): Promise<Kept> {
  const content = Buffer.from(JSON.stringify(header))
  const { bytes, hash } = frameOf([content], [0, 0], noFrame)
  await writeShared(file, Buffer.concat(bytes))
  return { header, head: { numbers: [0, 0], at: headBytes, length: content.length, hash }, bands: [] }
}

interface Kept {
  readonly header: Partial<Header>
  readonly head: Frame
  readonly bands: readonly Frame[]
}

/** What an earlier run left; null where there is nothing that can be believed. */
async function earlier(file: string): Promise<Kept | null> {
  let handle: FileHandle
  try {
    handle = await whenFree(() => open(file, readable))
  } catch {
    return null
  }
  try {
    let found: { header: Partial<Header>; head: Frame; bands: Frame[] } | null = null
    for await (const { content, ...frame } of wholeFrames(handle)) {
      if (found) found.bands.push(frame)
      else found = { header: JSON.parse(content.toString()) as Partial<Header>, head: frame, bands: [] }
    }
    return found
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
