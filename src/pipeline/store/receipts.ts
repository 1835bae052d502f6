/** Receipts: the proof that one slide is finished. Written last, by one alone; read first, by the next run. */

import { type RemoteOptions, remoteToKeep } from '../../core/address.js'
import { aFlag, someTexts } from '../../core/argument.js'
import type { ErrorRecord } from '../../core/errors.js'
import type { SlideIdentity, SlideKind } from '../../core/slide.js'
import { tiastreamVersion } from '../plan/version.js'
import { hasParts, isCount, isNumber, isSums, isText, listOf, orElse } from './form.js'
import { namesIn, type ResultStore, state } from './result-store.js'

export interface ReceiptFile {
  readonly sink: string
  /** Relative to the output folder. */
  readonly file: string
  readonly bytes: number
  /** Of its content, as it was published; absent of a folder, and from a receipt of an earlier version. */
  readonly sha256?: string
}

/** What a slide is, as far as it was opened. */
export interface SlideMeasures {
  readonly kind: SlideKind
  readonly vendor: string
  /** In baseline pixels. */
  readonly width: number
  readonly height: number
  /** µm a baseline pixel. */
  readonly mpp?: { readonly x: number; readonly y: number }
  readonly power?: number
}

/** A model that was asked about the patches of a slide. */
export interface AskedOfSlide {
  readonly name: string
  readonly sha256: string
  /** What the names of its columns begin with, where there are several. */
  readonly under?: string
  /** In the order of its card; absent where it names none, or the rows do not say. */
  readonly classes?: readonly { readonly name: string; readonly patches: number }[]
}

/** Version 0.1 wrote `/1`: such results are shown, and never taken for those of a run. */
export const receiptSchema = 'tiastream-receipt/2'
const oldSchema = 'tiastream-receipt/1'

export const isOldReceipt = ({ schema }: Receipt): boolean => schema !== receiptSchema

export interface Receipt {
  readonly schema: typeof receiptSchema | typeof oldSchema
  /** The version that made it; absent from an old one. */
  readonly tiastream?: string
  readonly slide: string
  /** Who wrote it, and in which attempt: random names. */
  readonly worker?: string
  readonly attempt?: string
  readonly uri: string
  /** How its address is asked for, where the source says it. */
  readonly remote?: RemoteOptions
  /** Of a set: the folder from which on its table names the pictures. */
  readonly root?: string
  readonly status: 'done' | 'failed'
  /** Of everything in the pipeline that can change a row; of its sinks; of what the source says of this slide. */
  readonly fingerprint: string
  readonly sinks: string
  readonly reference: string
  readonly identity: SlideIdentity | null
  /** Content (sha256) of the files that stages read for it (a mask, places), in their order; null of one that was not there. Absent where there are none. */
  readonly read?: readonly (string | null)[]
  readonly files: readonly ReceiptFile[]
  /** Of a failed slide: files that an earlier run published and that are still there. They are not of this slide as it is now. */
  readonly old?: readonly ReceiptFile[]
  readonly rows: number
  /** Patches that could not be read, and those that the model had no number for: rows with nulls. */
  readonly unreadable: number
  readonly unanswered: number
  /** Patches taken over from an interrupted run, and patches asked of the lanes in this one. */
  readonly patches: { readonly resumed: number; readonly asked: number }
  readonly counts: Readonly<Record<string, number>>
  readonly spentMs: Readonly<Record<string, number>>
  /** The device that was really used, and in which numbers the model computes; null without a model. */
  readonly device: string | null
  readonly precision?: string | null
  /** How JPEG was decoded, where it was not exactly. */
  readonly decode?: 'fast'
  /** Name and version of the library that computed, where it does not come with tiastream. */
  readonly library?: string
  readonly seconds: number
  readonly warnings: readonly string[]
  /** From here on absent from a receipt of an earlier version. Of a failed slide: as far as it came. */
  readonly info?: SlideMeasures
  readonly models?: readonly AskedOfSlide[]
  readonly error?: ErrorRecord
}

/** Files of an earlier run that are still there when a slide fails in the place of this receipt. */
export const oldFilesOf = (before: Receipt | null): readonly ReceiptFile[] =>
  before?.status === 'done' ? before.files : (before?.old ?? [])

/** Of a slide that has no rows; `before` is what lay in its place. What is not known of it is nothing. */
export function failedReceipt(
  known: Pick<Receipt, 'slide' | 'uri' | 'fingerprint' | 'sinks'> & Partial<Receipt>,
  error: ErrorRecord,
  before: Receipt | null,
): Receipt {
  const old = oldFilesOf(before)
  return {
    schema: receiptSchema,
    tiastream: tiastreamVersion,
    device: null,
    reference: '',
    identity: null,
    counts: {},
    spentMs: {},
    seconds: 0,
    warnings: [],
    ...known,
    status: 'failed',
    files: [],
    ...(old.length > 0 ? { old } : {}),
    rows: 0,
    unreadable: 0,
    unanswered: 0,
    patches: { resumed: 0, asked: 0 },
    error,
  }
}

export const receiptsIn = `${state}/receipts`
export const receiptName = (slide: string): string => `${receiptsIn}/${slide}.json`

/** What lies in the place of a receipt. */
export interface Seen {
  /** Null where nothing is. */
  readonly bytes: Buffer | null
  /** Null where it is no receipt that can be read. */
  readonly receipt: Receipt | null
}

export async function seeReceipt(store: ResultStore, slide: string): Promise<Seen> {
  const bytes = await store.read(receiptName(slide))
  return { bytes, receipt: bytes && receiptIn(bytes, slide) }
}

/** The receipt of a slide, or null when there is none that can be read. */
export async function readReceipt(store: ResultStore, slide: string): Promise<Receipt | null> {
  return seeReceipt(store, slide).then(
    ({ receipt }) => receipt,
    () => null,
  )
}

const maybeText = orElse(undefined, isText)
const areFiles = listOf(hasParts({ sink: isText, file: isText, bytes: isCount, sha256: maybeText }))
const isStore = orElse(
  undefined,
  hasParts({ anonymous: orElse(undefined, aFlag.is), endpoint: maybeText, region: maybeText, profile: maybeText }),
)

/** What is read of a receipt without a look. Not what version 0.1 did not write. */
const isReceipt = hasParts({
  schema: (value) => value === receiptSchema || value === oldSchema,
  uri: isText,
  status: (value) => value === 'done' || value === 'failed',
  fingerprint: isText,
  identity: orElse(null, hasParts({ bytes: isCount, head: isText, blocks: maybeText, nameless: maybeText })),
  files: areFiles,
  old: orElse(undefined, areFiles),
  rows: isCount,
  unreadable: isCount,
  unanswered: isCount,
  patches: hasParts({ resumed: isCount, asked: isCount }),
  counts: isSums,
  spentMs: isSums,
  device: orElse(null, isText),
  seconds: isNumber,
  tiastream: maybeText,
  worker: maybeText,
  precision: orElse(null, maybeText),
  root: maybeText,
  remote: orElse(undefined, hasParts({ s3: isStore, gs: isStore, az: isStore })),
  info: orElse(
    undefined,
    hasParts({
      ...{ kind: isText, vendor: isText, width: isCount, height: isCount, power: orElse(undefined, isNumber) },
      mpp: orElse(undefined, hasParts({ x: isNumber, y: isNumber })),
    }),
  ),
  warnings: someTexts.is,
  models: orElse(
    undefined,
    listOf(
      hasParts({
        name: isText,
        sha256: isText,
        under: maybeText,
        classes: orElse(undefined, listOf(hasParts({ name: isText, patches: isCount }))),
      }),
    ),
  ),
  error: orElse(undefined, hasParts({ code: isText, message: isText, hint: maybeText })),
})

function receiptIn(bytes: Buffer, slide: string): Receipt | null {
  try {
    const read = JSON.parse(bytes.toString()) as Receipt
    // Those of version 0.1 do not say how many are unanswered: there were none.
    const receipt: Receipt = { ...read, unanswered: read.unanswered ?? 0 }
    return isReceipt(receipt) && receipt.slide === slide ? withoutServers(receipt) : null
  } catch {
    return null
  }
}

/** As `remoteToKeep` has it, which a stranger need not have asked. */
function withoutServers({ remote, ...receipt }: Receipt): Receipt {
  const kept = remote && remoteToKeep(remote)
  return kept === undefined ? receipt : { ...receipt, remote: kept }
}

/** Ids of the slides that have a receipt, in no order. */
export const receiptIds = (store: ResultStore): Promise<readonly string[]> => namesIn(store, receiptsIn)

/** Receipts that are read at once: on a disk that is nothing; of a bucket each is a round trip. */
export const receiptsAtOnce = 64

/** Whether a file that a receipt names lies in the output: anyone who may write there may have made the receipt. */
export const isInside = (file: string): boolean => !/^[/\\]|^[a-z]:|(^|[/\\])\.\.([/\\]|$)/i.test(file)

/** True when every file of the receipt is there with its size. */
export async function filesAreThere(store: ResultStore, receipt: Receipt): Promise<boolean> {
  for (const { file, bytes } of receipt.files) if (!isInside(file) || (await store.size(file)) !== bytes) return false
  return true
}

/** Writes a receipt in the place of the one that was seen; false when another has been written meanwhile. */
export const swapReceipt = (store: ResultStore, seen: Uint8Array | null, receipt: Receipt): Promise<boolean> =>
  store.swap(receiptName(receipt.slide), seen, textOf(receipt))

const textOf = (receipt: Receipt): string => `${JSON.stringify(receipt, null, 2)}\n`
