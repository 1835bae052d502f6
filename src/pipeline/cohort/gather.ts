/**
 * What is said of all slides of an output together: `cohort.parquet` with a row for each, `manifest.json` with every file, and `_SUCCESS`, which is
 * written last, where every slide of the source has its receipt. It is made of receipts alone: at any time, by anyone, and again.
 */

import { randomBytes } from 'node:crypto'
import { above0, aFunction, aSignal, isObject, type Kind, mustBeOptions, pathGiven } from '../../core/argument.js'
import { PipelineError, SinkError } from '../../core/errors.js'
import { inOneLine } from '../../core/text/in-one-line.js'
import { OutputFile } from '../../sinks/common/file.js'
import { cohortKey } from '../../sinks/common/metadata.js'
import { writeSmallTable } from '../../sinks/parquet/small-table.js'
import { tiastreamVersion } from '../plan/version.js'
import { cohortApart, cohortFile, manifestFile, placeIn, successFile } from '../store/layout.js'
import { isOldReceipt, receiptName } from '../store/receipts.js'
import type { ResultStore } from '../store/result-store.js'
import { rewrittenTables } from '../store/rewritten.js'
import { sha256OfFile } from '../store/sha256-of-file.js'
import { storeOf } from '../store/store-of.js'
import { type Compacted, compactTables, type GatheredTable, hashOf } from './compact.js'
import { type Compact, compactIn, isManifest, type ManifestFile, manifestText, type SlideCounts } from './manifest.js'
import { outcomesOf } from './outcomes.js'
import { CohortTable } from './table.js'
import { Twins } from './twins.js'
import { warningsOf } from './warnings.js'

export interface GatherOptions {
  /** Bytes of a compacted file, about: the tables of all slides are then written into such files, too. */
  readonly compact?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** How far compacting is. */
  readonly onProgress?: ((message: string) => void) | undefined
}

const optionKinds = { compact: above0, signal: aSignal, onProgress: aFunction } satisfies Record<keyof GatherOptions, Kind>

export interface Gathered {
  /** As people are told. */
  readonly output: string
  readonly slides: SlideCounts
  /** Of all slides that are done. */
  readonly rows: number
  /** Tables of slides, and bytes of all files of slides. */
  readonly tables: number
  readonly bytes: number
  /** The table of the slides, relative to the output. */
  readonly cohort: string
  /** Every slide of the source has a receipt, and every file is there: `_SUCCESS` is written. */
  readonly isComplete: boolean
  /** Parts that there are, `made` of them now; null where nobody has asked for them. */
  readonly compact: Compacted | null
  /** What stands against `_SUCCESS`, or against opening the tables as one. */
  readonly warnings: readonly string[]
}

/**
 * `output`: a folder, or results that are open already. Throws PipelineError: NOT_AN_OUTPUT where no run has been; OUTPUT_EXISTS where a file of another maker has a
 * name that is needed, FILE_CLASH where one of a slide has; TABLES_DIFFER, TABLE_UNREADABLE and TABLE_FOREIGN where tables cannot be compacted. SinkError.
 *
 * @example
 * const { isComplete, slides } = await gatherCohort('out', { compact: 256e6 })
 */
export async function gatherCohort(output: string | URL | ResultStore, options: GatherOptions = {}): Promise<Gathered> {
  mustBeOptions('gatherCohort', options, optionKinds)
  const isStore = isObject(output) && 'discard' in output
  const store = isStore ? output : await storeOf(pathGiven('gatherCohort', output, 'the folder of an output'))
  for (let tries = 1; ; tries++) {
    const attempt = `gather-${randomBytes(6).toString('hex')}`
    try {
      return await gather(store, attempt, options)
    } catch (error) {
      if (!isSwept(error) || tries >= mostTries) throw error
    } finally {
      await store.discard(attempt)
    }
  }
}

/** The same after a run, whose slides are done: what is in the way of a table of them all is told, and no reason to say that the run has failed. */
export async function gatherAfter(store: ResultStore, warn: (message: string) => void, signal?: AbortSignal): Promise<void> {
  try {
    const { warnings } = await gatherCohort(store, signal ? { signal } : {})
    for (const message of warnings) warn(message)
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    warn(`there is no ${cohortFile}: ${inOneLine(error)}`)
  }
}

/** A run that ends at the same time puts away what it takes for left behind: then all begins again. */
const mostTries = 3

const isSwept = (error: unknown): boolean =>
  error instanceof SinkError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'

async function gather(store: ResultStore, attempt: string, options: GatherOptions): Promise<Gathered> {
  const { compact: partBytes, signal, onProgress: tell = () => undefined } = options
  const found = await outcomesOf(store)
  if (found.count === 0 && !found.areListed)
    throw new PipelineError('NOT_AN_OUTPUT', `${store.place} holds no receipts of a tiastream run`, {
      hint: 'name the output of a run: the folder that holds .tiastream',
    })
  const table = new CohortTable()
  const twins = new Twins()
  const files: ManifestFile[] = []
  const tables: (GatheredTable & { readonly file: string })[] = []
  const gone: string[] = []
  const strange: string[] = []
  const damaged: string[] = []
  const fingerprints = new Set<string>()
  const slides = { all: 0, done: 0, failed: 0, waiting: 0, unlisted: 0 }
  let rows = 0
  let old = 0
  for await (const outcome of found.each) {
    signal?.throwIfAborted()
    const { slide, receipt } = outcome
    // Neither the source nor a run knows it: what else lies in that folder (`._a.json`, `a copy.json`) is no slide that somebody waits for.
    if (outcome.listed === false && receipt === null) {
      strange.push(receiptName(slide))
      continue
    }
    if (outcome.isDamaged) damaged.push(receiptName(slide))
    table.add(outcome)
    slides.all++
    slides[outcome.status]++
    if (outcome.listed === false) slides.unlisted++
    if (receipt) fingerprints.add(receipt.fingerprint)
    // What the source has no more is told by itself.
    if (receipt && outcome.listed !== false) twins.add(receipt)
    rows += receipt?.rows ?? 0
    if (receipt?.status === 'done' && isOldReceipt(receipt)) old++
    files.push(...outcome.files)
    gone.push(...outcome.gone)
    const own = outcome.files.find(({ sink }) => sink === 'parquet')
    if (own) tables.push({ ...own, slide, path: placeIn(store, own.file), rows: receipt!.rows })
  }
  const flat = tables.some(({ file }) => !file.includes('/'))
  const [cohort, other] = flat ? [cohortApart, cohortFile] : [cohortFile, cohortApart]
  const before = await store.read(manifestFile)
  await mustBeOurs(store, cohort, before)
  const draft = await store.draft(attempt, cohort)
  const own = await writeCohort(draft, cohort, table)
  const known = compactIn(before)
  const compact =
    partBytes === undefined
      ? known && { ...known, isCurrent: known.tables === hashOf(tables) }
      : await compactTables(store, tables, known, { partBytes, attempt, tell, ...(signal ? { signal } : {}) })
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const said = { slides, rows, bytes, fingerprints: [...fingerprints].sort(), files: byName([...files, own]), compact: plain(compact) }
  const text = Buffer.from(manifestText(said))
  const isSame = (await store.read(manifestFile))?.equals(text) === true && (await store.size(cohort)) === own.bytes
  const isComplete = found.areListed && slides.waiting === 0 && gone.length === 0
  if (!isSame || !isComplete) await store.remove(successFile)
  if (!isSame) {
    await store.publish([{ path: draft, name: cohort }])
    if (isNamedIn(before, other)) await store.remove(other)
    await store.replace(manifestFile, text)
  }
  if (isComplete) await succeed(store, slides)
  const compacted = compact && { made: 0, ...compact }
  const rewritten = await rewrittenTables(store, tables)
  const seen = { slides, tables, gone, rewritten, strange, damaged, twins: twins.told, compact, old }
  const warnings = await warningsOf(store, { ...found, ...seen })
  return { output: store.place, slides, rows, tables: tables.length, bytes, cohort, isComplete, compact: compacted, warnings }
}

async function writeCohort(draft: string, name: string, { columns, rows }: CohortTable): Promise<ManifestFile> {
  const about = columns.map(({ name: column, type, nullable, about: sentence }) => ({ name: column, type, nullable, about: sentence }))
  const metadata = [{ key: cohortKey, value: JSON.stringify({ holds: 'slides', tiastreamVersion, columns: about }) }]
  const file = await OutputFile.open(draft)
  try {
    await writeSmallTable(file, { columns, rows, metadata, tiastreamVersion })
  } finally {
    await file.close()
  }
  return { file: name, rows: rows.length, bytes: file.bytes, sha256: await sha256OfFile(draft) }
}

/** Parquet has the names in order of their bytes, and so has the manifest. */
const byName = (files: readonly ManifestFile[]): readonly ManifestFile[] =>
  files
    .map((file) => [Buffer.from(file.file), file] as const)
    .sort(([a], [b]) => Buffer.compare(a, b))
    .map(([, file]) => file)

/** What the manifest says of it. */
const plain = (compact: Compact | null): Compact | null =>
  compact && { isCurrent: compact.isCurrent, partBytes: compact.partBytes, tables: compact.tables, parts: compact.parts }

/** A file of these names that somebody else has made is never replaced. */
async function mustBeOurs(store: ResultStore, cohort: string, manifest: Buffer | null): Promise<void> {
  const taken = (name: string) =>
    new PipelineError('OUTPUT_EXISTS', `${store.place}/${name} was not written by tiastream gather`, { hint: 'move it away' })
  if (manifest && !isManifest(manifest)) throw taken(manifestFile)
  const there = await store.read(cohort)
  if (there && !there.includes(cohortKey)) throw taken(cohort)
}

/** Tables that were moved into a folder leave the old place of the cohort's. */
const isNamedIn = (manifest: Buffer | null, file: string): boolean => manifest?.includes(`{"file":${JSON.stringify(file)},"rows":`) === true

/** Spark looks whether it is there; what is in it is for people. */
async function succeed(store: ResultStore, { all, done, failed }: SlideCounts): Promise<void> {
  const text = Buffer.from(`${JSON.stringify({ slides: all, done, failed })}\n`)
  if ((await store.read(successFile))?.equals(text) !== true) await store.replace(successFile, text)
}
