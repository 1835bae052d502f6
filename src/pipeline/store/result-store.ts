/**
 * Where results lie, and what is known of them: a folder, or a prefix in a bucket. All that a run reads or writes there goes through this
 * door. Names are relative to it, with `/`, and never lead out of it. What it throws is a SinkError.
 */

import type { Batch } from '../../core/batch.js'
import { SinkError } from '../../core/errors.js'
import type { Ends } from '../../core/files/may-replace.js'
import type { Column } from '../../core/row.js'
import type { SlideIdentity } from '../../core/slide.js'

export interface ResultStore {
  /** As people are told: the absolute folder, or an address without secrets. */
  readonly place: string
  /** Makes it ready to be written to; before anything else is written. */
  prepare(): Promise<void>

  /** A small file whole; null where there is none. */
  read(name: string): Promise<Buffer | null>
  /** Bytes of a file; null where there is none. */
  size(name: string): Promise<number | null>
  /**
   * Writes a small file only where it holds these very bytes (`null`: where there is none). Of several who do it at once one is told true.
   * Lasting, and whole or not at all.
   */
  swap(name: string, seen: Uint8Array | null, content: string | Uint8Array): Promise<boolean>
  /** Writes a small file, whatever was there: of several at once one stays, whole. Lasting. */
  replace(name: string, content: string | Uint8Array): Promise<void>
  /** The same for a file that only its owner writes, and often: cheap. It need not last, and a reader may meet it half written. */
  touch(name: string, content: string): Promise<void>
  /** Nothing there is no error. */
  remove(name: string): Promise<void>
  /** Names of the files directly in a folder, in no order; none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>

  /** The two ends of a file; null where none has this name. A link, which is replaced, does not count, nor does a folder. */
  endsOf(name: string): Promise<Ends | null>
  /** Throws OUTPUT_TAKEN where something has the place of a file and cannot be replaced by one. */
  mustBeFree(name: string): Promise<void>
  /** Where an attempt writes the file that is to become `name`: a local path that ends in `.partial`, with nothing there yet. */
  draft(attempt: string, name: string): Promise<string>
  /** Makes finished drafts what their names say; all or, when it throws before the first, none. Lasting. Their bytes, in order. */
  publish(drafts: readonly Draft[]): Promise<readonly number[]>
  /** Attempts that have left drafts here. What was on its way when its writer died, and belongs to no attempt, is removed. */
  attempts(): Promise<readonly string[]>
  /** Removes what is left of the drafts of an attempt. */
  discard(attempt: string): Promise<void>

  /** The rows that are finished while their slide is not: what earlier attempts left, and what this one adds. */
  openJournal(slide: string, attempt: string, columns: readonly Column[], asked: Header): Promise<Journal>
  /** Whether an attempt has left one, which ends with the receipt. */
  hasJournal(slide: string): Promise<boolean>
  /** All of a slide. Only who holds the receipt may. */
  removeJournals(slide: string): Promise<void>
}

export interface Draft {
  /** As `draft` gave it. */
  readonly path: string
  readonly name: string
}

/** What the rows of a journal follow from. */
export interface Header {
  readonly fingerprint: string
  readonly identity: SlideIdentity
  /** By name, what else counts within one table: the version of tiastream, the device, its precision. */
  readonly made: Readonly<Record<string, string | null>>
}

export interface Journal {
  /** Kept patches that need not be done again. */
  readonly through: number
  readonly rows: number
  /** Why the rows of an earlier run are not taken up, where there are some. */
  readonly anew: string | null
  /** The rows of those patches, in order; one band in memory at a time. Throws JOURNAL_GONE when another has committed the slide meanwhile. */
  replay(): AsyncGenerator<Batch>
  /** Adds the rows of the patches up to `through`; returns when they are safe. The next ones may be added before: they share a flush. */
  append(batches: readonly Batch[], through: number): Promise<void>
  /** `inVain`: the slide has failed before anything of it was published; where not one band was added, nothing is kept of this attempt. */
  close(inVain?: boolean): Promise<void>
}

/** What earlier attempts wrote is gone, or cut off: another has committed the slide, or somebody removes files. */
export const journalGone = (name: string, cause?: unknown): SinkError =>
  new SinkError('JOURNAL_GONE', `${name} is gone while its rows were to be taken up`, {
    hint: 'do not move or remove anything in the output during a run',
    ...(cause === undefined ? {} : { cause }),
  })

export const isJournalGone = (error: unknown): error is SinkError => error instanceof SinkError && error.code === 'JOURNAL_GONE'

/** The folder of what is known of results. */
export const state = '.tiastream'

/** What the files of a folder are called without `.json`, in no order. */
export async function namesIn(store: ResultStore, folder: string): Promise<readonly string[]> {
  const names = await store.list(folder)
  return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(folder.length + 1, -'.json'.length))
}
