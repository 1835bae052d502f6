/** A finished output, in a folder or in a bucket: which slides it holds, how each went, and where its table is. What a run wrote, read back with care. */

import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { isAddress, withoutSecrets } from '../core/address.js'
import { anObject, someTexts } from '../core/argument.js'
import { PipelineError, type SinkError } from '../core/errors.js'
import { holds } from '../core/files/holds.js'
import { remedyToRead } from '../core/files/system-error.js'
import { isOutput, whatIs } from '../core/files/what-is.js'
import type { RunSummary } from '../pipeline/run/run-events.js'
import { hasParts, type Is, isCount, isNumber, isText, listOf, orElse } from '../pipeline/store/form.js'
import { inTurns } from '../pipeline/store/in-turns.js'
import { addressProblem, normalAddress } from '../pipeline/store/output-address.js'
import { type Receipt, receiptIds, receiptsIn, seeReceipt } from '../pipeline/store/receipts.js'
import { type ResultStore, state } from '../pipeline/store/result-store.js'
import { listedSlides } from '../pipeline/store/slide-list.js'
import { outputAbove } from '../pipeline/store/slide-place.js'
import { storeOf } from '../pipeline/store/store-of.js'

/** Receipts are kept in memory, about 2 KB each: more slides than this are no cohort of one folder. */
const mostSlides = 100_000

export interface SlideResult {
  readonly id: string
  readonly receipt: Receipt
  /** The table of the slide: absolute path or address of its Parquet file; null when the slide failed or no Parquet was asked for. */
  readonly table: string | null
  /** Of several models the one to look at; absent: the first that names classes. */
  readonly model?: string
}

export interface Results {
  /** Absolute, or an address that ends with a slash. */
  readonly folder: string
  /** In the order of their ids. */
  readonly slides: readonly SlideResult[]
  /** Ids of slides that the last run had and that have not ended, in their order; absent: none are known of. */
  readonly waiting?: readonly string[]
  /** How the last run went; null when it did not come to its end. */
  readonly run: RunSummary | null
  /** The plan as the run wrote it down; null when it cannot be read. */
  readonly plan: Readonly<Record<string, unknown>> | null
}

/**
 * `place`: a folder, or an address in a bucket. `model`: of several that a table speaks of, the one to look at. Throws PipelineError: NOT_AN_OUTPUT, or
 * RECEIPT_UNREADABLE with the name of the receipt; SinkError for a bucket that does not let us look.
 */
export async function openResults(place: string, { model }: { readonly model?: string | undefined } = {}): Promise<Results> {
  const root = isAddress(place) ? addressOf(place) : path.resolve(place)
  const store = await storeOf(root)
  const ids = (isAddress(root) ? await receiptIds(store) : await idsIn(place)).toSorted((a, b) => (a < b ? -1 : 1))
  if (isAddress(root) && ids.length === 0) {
    const above = await outputAbove(root)
    const hint = above === null ? outputHint('') : `name its output folder: ${above}`
    throw new PipelineError('NOT_AN_OUTPUT', `${root} holds no receipts of a tiastream run`, { hint })
  }
  if (ids.length > mostSlides) throw new PipelineError('NOT_AN_OUTPUT', `${root} holds ${ids.length} receipts, more than ${mostSlides}`)
  const found = new Map<string, SlideResult>()
  await inTurns(ids, async (id) => found.set(id, await slideOf(store, root, id)))
  const slides = ids.map((id) => ({ ...found.get(id)!, ...(model === undefined ? {} : { model }) }))
  const listed = await listedSlides(store)
  const waiting = listed?.flatMap(({ slide }) => (found.has(slide) ? [] : [slide])) ?? []
  return { folder: root, slides, waiting, run: await json<RunSummary>(store, 'run.json', isSummary), plan: await json(store, 'plan.json') }
}

function addressOf(written: string): string {
  const problem = addressProblem(written)
  if (problem === null) return normalAddress(written)
  throw new PipelineError('NOT_AN_OUTPUT', `${withoutSecrets(written)} is no place of results: ${problem}`, {
    hint: 'name the output of a run: a folder, or s3://bucket/run7/',
  })
}

async function idsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(path.join(path.resolve(folder), receiptsIn)).catch(async (cause) => {
    throw await notAnOutput(folder, cause)
  })
  return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length))
}

async function notAnOutput(folder: string, cause: unknown): Promise<PipelineError> {
  const root = path.resolve(folder)
  const { kind, fact, hint } = await whatIs(folder)
  const told = (what: string, remedy: string) => new PipelineError('NOT_AN_OUTPUT', `${root} ${what}`, { hint: remedy })
  if (isDenied(cause)) return told('may not be read (EACCES)', 'ask who owns it for the right to read it, .tiastream in it too')
  if (kind === 'missing') return told(`is no folder: it ${fact}`, hint)
  if (await isOutput(root))
    return told('holds no receipts of a tiastream run yet', `no slide of it has ended (${(cause as Error).message})`)
  if (kind === 'folder')
    return told(
      `${fact.includes('folder') ? 'holds no receipts of a tiastream run' : fact}`,
      fact.includes('model') ? hint : outputHint(hint),
    )
  const above = path.dirname(root)
  return told(`${fact} and no folder`, (await isOutput(above)) ? `name its output folder: ${path.dirname(folder)}` : outputHint(''))
}

const isDenied = (error: unknown): boolean => ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')

const outputHint = (found: string): string =>
  /output folder/.test(found) ? found : 'name the output folder of a run: the one that holds .tiastream'

async function slideOf(store: ResultStore, root: string, id: string): Promise<SlideResult> {
  const unreadable = (hint: string, cause?: unknown) =>
    new PipelineError('RECEIPT_UNREADABLE', `the receipt of ${id} in ${root} cannot be read`, { hint, at: { slide: id }, cause })
  const { receipt } = await seeReceipt(store, id).catch((error: unknown) => {
    const { code, hint } = error as SinkError
    const remedy = code === 'OUTPUT_FAILED' ? hint : undefined
    const cause = error instanceof Error ? (error.cause ?? error) : error
    throw unreadable(remedy ?? remedyToRead(cause), cause)
  })
  if (!receipt) throw unreadable('run the pipeline again: the slide is then done anew')
  const parquet = receipt.files.find(({ sink }) => sink === 'parquet')
  return { id, receipt, table: parquet ? fileInside(root, parquet.file, id) : null }
}

/** Absolute path or address of a file that a receipt names. A receipt may have been written by anyone: the file must lie in the output. */
export function fileInside(root: string, file: string, slide: string): string {
  if (isAddress(root) && !file.split('/').some((part) => part === '' || part === '.' || part === '..')) return `${root}${file}`
  const full = path.resolve(root, file)
  if (!isAddress(root) && full !== root && holds(root, full)) return full
  throw new PipelineError('RECEIPT_UNREADABLE', `the receipt of ${slide} names a file outside of ${root}: ${file}`, {
    hint: 'this folder was not written by tiastream alone: do not trust it',
    at: { slide },
  })
}

/** A picture that a receipt names: the path of the file, or what is in the bucket. */
export async function pictureInside(root: string, file: string, slide: string): Promise<string | Buffer> {
  const place = fileInside(root, file, slide)
  if (!isAddress(root)) return place
  const store = await storeOf(root)
  const bytes = await store.read(file)
  if (bytes !== null) return bytes
  throw new PipelineError('FILE_MISSING', `${place} is not there`, { hint: 'run the pipeline again: the slide is then done anew' })
}

/** What is read of a summary without a look. */
const isSummary = hasParts({
  status: isText,
  slides: hasParts({ done: isCount, failed: isCount, skipped: isCount }),
  seconds: isNumber,
  patchesPerSecond: isNumber,
  megapixelsPerSecond: isNumber,
  decodedPerTouched: orElse(null, isNumber),
  peakRssBytes: isNumber,
  devices: orElse(undefined, listOf(hasParts({ device: isText, sessions: isNumber, busy: isNumber }))),
  waits: orElse(undefined, hasParts({ lanes: isNumber, device: isNumber, merge: isNumber })),
  leftovers: orElse(undefined, someTexts.is),
})

async function json<T extends object>(store: ResultStore, name: string, is: Is = anObject.is): Promise<T | null> {
  try {
    const value: unknown = JSON.parse(`${await store.read(`${state}/${name}`)}`)
    return is(value) ? (value as T) : null
  } catch {
    return null
  }
}
