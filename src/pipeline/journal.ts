/**
 * The journal of one slide: rows that are finished while the slide is not. Segments of whole bands, each an Arrow stream and its sha256,
 * written durably one after another; a killed run is taken up after the last one. Deleted when the slide is committed.
 */

import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Column, Row } from '../core/row.js'
import { type SlideIdentity, sameContent } from '../core/slide.js'
import { writing } from '../sinks/common/file.js'
import { makeInside } from './inside.js'
import { stateFolder, writeDurably } from './receipts.js'

/** What the rows of a journal follow from. */
export interface Header {
  readonly fingerprint: string
  readonly identity: SlideIdentity
  /** By name, what else counts within one table: the version of tiastream, the device, its precision. */
  readonly made: Readonly<Record<string, string | null>>
}

interface Segment {
  readonly file: string
  /** Ordinals of kept patches, from `first` to below `through`. */
  readonly first: number
  readonly through: number
  readonly rows: number
}

export interface Journal {
  /** Kept patches that need not be done again. */
  readonly through: number
  readonly rows: number
  /** Why the rows of an earlier run are not taken up, where there are some. */
  readonly anew: string | null
  /** The rows of those patches, in order; one segment in memory at a time. */
  replay(): AsyncGenerator<Row>
  /** Adds the rows of the patches up to `through`. */
  append(rows: readonly Row[], through: number): Promise<void>
  remove(): Promise<void>
}

/** Large, and not needed before the first band is done. */
const arrow = () => import('../sinks/arrow/stream.js')

const segmentName = /^(\d+)-(\d+)-(\d+)\.arrows$/

const folderOf = (output: string, slide: string): string => path.join(stateFolder(output), 'journal', slide)

/** A slide that is done needs no journal; a run killed right after the commit leaves one. */
export async function removeJournal(output: string, slide: string): Promise<void> {
  const folder = folderOf(output, slide)
  await writing(folder, () => rm(folder, { recursive: true, force: true }))
}

/** Opens the journal of a slide; one that belongs to other rows or another file is started anew. */
export async function openJournal(output: string, slide: string, columns: readonly Column[], header: Header): Promise<Journal> {
  const folder = folderOf(output, slide)
  await makeInside(output, folder)
  const headerFile = path.join(folder, 'journal.json')
  const known = await readFile(headerFile, 'utf8')
    .then((text) => JSON.parse(text) as Header)
    .catch(() => null)
  const other = known && difference(known, header)
  let segments: Segment[] = []
  let anew: string | null = null
  if (known && other === null) segments = await wholeSegments(folder, columns)
  else {
    if (other !== null && (await readdir(folder)).some((name) => segmentName.test(name))) anew = other
    await writing(folder, () => rm(folder, { recursive: true, force: true }))
    await makeInside(output, folder)
    await writeDurably(headerFile, `${JSON.stringify(header)}\n`)
  }
  let end = segments.at(-1)?.through ?? 0
  return {
    through: end,
    rows: segments.reduce((sum, { rows }) => sum + rows, 0),
    anew,
    async *replay() {
      for (const { file } of segments) yield* await readSegment(file, columns)
    },
    async append(rows, through) {
      const { encodeSegment } = await arrow()
      await writeDurably(path.join(folder, `${end}-${through}-${rows.length}.arrows`), withHash(encodeSegment(columns, rows)))
      end = through
    },
    remove: () => removeJournal(output, slide),
  }
}

/** How the rows of a journal differ from those that are wanted; null when they do not. A header may be of any version. */
function difference(was: Partial<Header>, is: Header): string | null {
  if (!was.identity || !sameContent(was.identity, is.identity)) return 'they are of other content of the slide'
  if (was.fingerprint !== is.fingerprint) return 'they are of another mask, list or pipeline'
  for (const [name, value] of Object.entries(is.made)) {
    if (was.made?.[name] !== value) return `they were made with ${name} ${was.made?.[name] ?? 'unknown'}, and this is ${value ?? 'none'}`
  }
  return null
}

const hashOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
const hashBytes = 32

const withHash = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, hashOf(bytes)])

/** The rows of a segment. Damaged bytes are never decoded: an Arrow stream may claim any length. */
async function readSegment(file: string, columns: readonly Column[]): Promise<readonly Row[]> {
  const bytes = await readFile(file)
  const rows = bytes.subarray(0, -hashBytes)
  if (!hashOf(rows).equals(bytes.subarray(-hashBytes))) throw new Error(`${file} is damaged`)
  return (await arrow()).decodeSegment(rows, columns)
}

/** The segments that follow one another without a gap and hold what their names say. */
async function wholeSegments(folder: string, columns: readonly Column[]): Promise<Segment[]> {
  const found: Segment[] = []
  for (const name of await readdir(folder)) {
    const [, first, through, rows] = segmentName.exec(name) ?? []
    if (first !== undefined)
      found.push({ file: path.join(folder, name), first: Number(first), through: Number(through), rows: Number(rows) })
  }
  found.sort((a, b) => a.first - b.first)
  const whole: Segment[] = []
  for (const segment of found) {
    if (segment.first !== (whole.at(-1)?.through ?? 0)) break
    const rows = await readSegment(segment.file, columns).catch(() => null)
    if (rows?.length !== segment.rows) break
    whole.push(segment)
  }
  return whole
}
