/** What became of each slide of an output: those that its source has, and those that it has no more but that have a receipt. */

import path from 'node:path'
import { isAddress } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import { ahead } from '../../flow/ahead.js'
import { isOfCohort, placeIn } from '../store/layout.js'
import { isInside, type Receipt, type ReceiptFile, receiptIds, receiptsAtOnce, seeReceipt } from '../store/receipts.js'
import type { ResultStore } from '../store/result-store.js'
import { sha256OfFile } from '../store/sha256-of-file.js'
import { listedSlides } from '../store/slide-list.js'
import type { ManifestFile } from './manifest.js'

export interface Outcome {
  readonly slide: string
  readonly uri: string
  /** `waiting`: it has no receipt yet. */
  readonly status: 'done' | 'failed' | 'waiting'
  /** Whether the source has it; null where no run has said which slides it has. */
  readonly listed: boolean | null
  readonly receipt: Receipt | null
  /** Something lies in the place of its receipt, and cannot be read as one. */
  readonly isDamaged: boolean
  /** Of a slide that is done: its files that are there, and the names of those that are not, or have another size. */
  readonly files: readonly ManifestFile[]
  readonly gone: readonly string[]
}

export interface Outcomes {
  /** Whether it is known which slides there are to be. */
  readonly areListed: boolean
  readonly count: number
  /** By the bytes of their ids, as Parquet orders text. */
  readonly each: AsyncIterable<Outcome>
}

export async function outcomesOf(store: ResultStore): Promise<Outcomes> {
  const listed = await listedSlides(store)
  const uris = new Map(listed?.map(({ slide, uri }) => [slide, uri]))
  const receipts = new Set(await receiptIds(store))
  const ids = [...new Set([...uris.keys(), ...receipts])].map((id) => [id, Buffer.from(id)] as const)
  ids.sort(([, a], [, b]) => Buffer.compare(a, b))
  const outcome = async ([slide]: (typeof ids)[number]): Promise<Outcome> => {
    const receipt = receipts.has(slide) ? (await seeReceipt(store, slide)).receipt : null
    const uri = receipt?.uri ?? uris.get(slide) ?? ''
    const status = receipt?.status ?? ('waiting' as const)
    const said = { slide, uri, status, listed: listed && uris.has(slide), receipt, isDamaged: receipts.has(slide) && receipt === null }
    if (receipt?.status !== 'done') return { ...said, files: [], gone: [] }
    const files = await Promise.all(receipt.files.map((file) => fileOf(store, receipt, file)))
    return {
      ...said,
      files: files.filter((file) => typeof file !== 'string'),
      gone: files.filter((file) => typeof file === 'string'),
    }
  }
  return { areListed: listed !== null, count: ids.length, each: ahead(ids, receiptsAtOnce, outcome) }
}

/** Sinks whose files are tables of the rows. */
const tableSinks = ['parquet', 'geoparquet', 'arrow', 'csv', 'jsonl']

/** Its name alone, where it is not there as the receipt has it. */
async function fileOf(
  store: ResultStore,
  { slide, rows }: Receipt,
  { sink, file, bytes, sha256 }: ReceiptFile,
): Promise<ManifestFile | string> {
  if (isOfCohort(file))
    throw new PipelineError('FILE_CLASH', `${file} of the slide ${slide} has the name of a file that speaks of all slides`, {
      hint: `give the sink ${sink} other files, such as "${sink}/{slide}${path.extname(file)}", or the slide another id`,
      at: { slide },
    })
  if (!isInside(file) || (await store.size(file)) !== bytes) return file
  // Receipts of earlier versions do not say it.
  const hash = sha256 ?? (isAddress(store.place) ? null : await sha256OfFile(placeIn(store, file)))
  return { file, slide, sink, ...(tableSinks.includes(sink) ? { rows } : {}), bytes, sha256: hash }
}
