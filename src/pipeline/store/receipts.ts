/** Receipts: the proof that one slide is finished. Written last, by rename; read first, by the next run. */

import { constants, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { ErrorRecord } from '../../core/errors.js'
import { partialOf } from '../../core/may-replace.js'
import type { SlideIdentity } from '../../core/slide.js'
import { whenFree } from '../../flow/file-handles.js'
import { writing } from '../../sinks/common/file.js'
import { fsyncFolder } from './fsync.js'
import { noLink } from './inside.js'

export interface ReceiptFile {
  readonly sink: string
  /** Relative to the output folder. */
  readonly file: string
  readonly bytes: number
}

/** Version 0.1 wrote `/1`: such results are shown, and never taken for those of a run. */
export const receiptSchema = 'tiastream-receipt/2'
const oldSchema = 'tiastream-receipt/1'

export interface Receipt {
  readonly schema: typeof receiptSchema | typeof oldSchema
  /** The version that made it; absent from an old one. */
  readonly tiastream?: string
  readonly slide: string
  readonly uri: string
  readonly status: 'done' | 'failed'
  /** Of everything in the pipeline that can change a row; of its sinks; of what the source says of this slide. */
  readonly fingerprint: string
  readonly sinks: string
  readonly reference: string
  readonly identity: SlideIdentity | null
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
  readonly seconds: number
  readonly warnings: readonly string[]
  readonly error?: ErrorRecord
}

export const stateFolder = (output: string): string => path.join(output, '.tiastream')
export const receiptFile = (output: string, slide: string): string => path.join(stateFolder(output), 'receipts', `${slide}.json`)

/** The receipt of a slide, or null when there is none that can be read. */
export async function readReceipt(output: string, slide: string): Promise<Receipt | null> {
  try {
    const read = JSON.parse(await readFile(receiptFile(output, slide), 'utf8')) as Receipt
    // Those of version 0.1 do not say how many are unanswered: there were none.
    const receipt: Receipt = { ...read, unanswered: read.unanswered ?? 0 }
    return [receiptSchema, oldSchema].includes(receipt.schema) && receipt.slide === slide ? receipt : null
  } catch {
    return null
  }
}

/** True when every file of the receipt is there with its size. */
export async function filesAreThere(output: string, receipt: Receipt): Promise<boolean> {
  for (const { file, bytes } of receipt.files) {
    const found = await stat(path.join(output, file)).catch(() => null)
    if (found?.size !== bytes) return false
  }
  return true
}

export async function writeReceipt(output: string, receipt: Receipt): Promise<void> {
  await writeDurably(receiptFile(output, receipt.slide), `${JSON.stringify(receipt, null, 2)}\n`)
}

const anew = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | noLink

/** Writes a small file so that it is there whole or not at all, also after a power cut. Throws SinkError. */
export async function writeDurably(file: string, content: string | Uint8Array): Promise<void> {
  await writing(file, async () => {
    await mkdir(path.dirname(file), { recursive: true })
    await writePartial(`${file}.partial`, content)
    await rename(`${file}.partial`, file)
    await fsyncFolder(path.dirname(file))
  })
}

async function writePartial(partial: string, content: string | Uint8Array): Promise<void> {
  const handle = await whenFree(() => open(partial, anew))
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** How often another may clear away what we have just written. */
const mostMeetings = 100

/** The same for a file that several runs may write at once, as shards do: each has a partial file of its own, and the last one stands, whole. */
export async function writeShared(file: string, content: string | Uint8Array): Promise<void> {
  const [folder, name] = [path.dirname(file), path.basename(file)]
  await writing(file, async () => {
    await mkdir(folder, { recursive: true })
    for (let meetings = 1; ; meetings++) {
      const partial = partialOf(file)
      await writePartial(partial, content)
      const isMine = await rename(partial, file).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT' || meetings >= mostMeetings) throw error
          return false
        },
      )
      if (isMine) break
    }
    // Of runs that were killed; one that is at work writes again.
    for (const left of await readdir(folder)) {
      if (left.startsWith('.') && left.endsWith(`.${name}.partial`)) await rm(path.join(folder, left), { force: true })
    }
    await fsyncFolder(folder)
  })
}
