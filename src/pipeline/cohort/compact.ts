/**
 * `compact/part-00000.parquet` …: the tables of all slides in few files, for readers that pay for each file. Which slide is in which part follows from
 * the receipts alone, and what a part is of from the sha256 of its tables: a part that is there already is not made again.
 */

import { isAddress } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import { counted } from '../../core/text/counted.js'
import { madeAnew } from '../../core/text/remedies.js'
import { type TableOfMany, type Together, together, writeTogether } from '../../sinks/parquet/many-slides.js'
import { canonical, sha256 } from '../plan/fingerprint.js'
import { tiastreamVersion } from '../plan/version.js'
import { compactFolder, isPart, manifestFile, partFile, successFile } from '../store/layout.js'
import type { Draft, ResultStore } from '../store/result-store.js'
import { sha256OfFile } from '../store/sha256-of-file.js'
import type { Compact, Part } from './manifest.js'

/** A slide's table, as its receipt has it. */
export interface GatheredTable extends TableOfMany {
  readonly bytes: number
  readonly sha256: string | null
}

export interface CompactAsked {
  /** Of a part, about. */
  readonly partBytes: number
  /** Whose drafts they are. */
  readonly attempt: string
  readonly signal?: AbortSignal
  readonly tell: (message: string) => void
}

export interface Compacted extends Compact {
  /** Parts that were made now. */
  readonly made: number
}

/** What the manifest knows stays where nothing of it has changed; the others are made, all of them before the first of the old ones goes. */
export async function compactTables(
  store: ResultStore,
  tables: readonly GatheredTable[],
  known: Compact | null,
  { partBytes, attempt, signal, tell }: CompactAsked,
): Promise<Compacted> {
  const schema = await together(tables)
  const packs = packed(tables, partBytes)
  const there = new Map(known?.parts.map((part) => [part.file, part]))
  const parts: Part[] = []
  const drafts: Draft[] = []
  for (const [i, pack] of packs.entries()) {
    const [file, key] = [partFile(i), keyOf(pack, schema)]
    const old = there.get(file)
    if (old?.key === key && (await store.size(file)) === old.bytes) {
      parts.push(old)
      continue
    }
    tell(`part ${i + 1} of ${packs.length}: ${counted(pack.length, 'slide')}`)
    for (const table of pack) await mustBeWhole(table, signal)
    const draft = await store.draft(attempt, file)
    const { rows, bytes } = await writeTogether(draft, pack, schema, tiastreamVersion, signal)
    drafts.push({ path: draft, name: file })
    parts.push({ file, slides: pack.length, rows, bytes, sha256: (await sha256OfFile(draft, signal))!, key })
  }
  const surplus = (await store.list(compactFolder)).filter((name) => isPart(name) && !parts.some(({ file }) => file === name))
  if (drafts.length + surplus.length > 0) {
    // From here until the manifest is written again nobody says that the parts are whole.
    for (const name of [successFile, manifestFile]) await store.remove(name)
    // Beside a part in its new form one in its old form might hold a slide twice: the old ones go first.
    for (const name of [...drafts.map((draft) => draft.name), ...surplus]) await store.remove(name)
    await store.publish(drafts)
  }
  return { isCurrent: true, partBytes, tables: hashOf(tables), parts, made: drafts.length }
}

/** A bit that a disk has turned would be copied under a new sha256, by which it is right. (A store compares what it holds itself.) */
async function mustBeWhole({ path, sha256: said, slide }: GatheredTable, signal?: AbortSignal): Promise<void> {
  if (said === null || isAddress(path)) return
  const found = await sha256OfFile(path, signal)
  if (found === said) return
  throw new PipelineError(
    'TABLE_UNREADABLE',
    `${path} has changed since it was written: its sha256 is ${found}, and its receipt says ${said}`,
    {
      hint: madeAnew,
      at: { slide },
    },
  )
}

/** Of tables that are the same when this is. */
export const hashOf = (tables: readonly GatheredTable[]): string =>
  sha256(canonical(tables.map(({ slide, rows, sha256: hash }) => [slide, rows, hash])))

/** Slides in their order, so many to a part that their tables come to about `partBytes`; a slide is never in two. */
export function packed(tables: readonly GatheredTable[], partBytes: number): readonly (readonly GatheredTable[])[] {
  const packs: GatheredTable[][] = []
  let bytes = 0
  for (const table of tables) {
    if (packs.length === 0 || bytes + table.bytes > partBytes) {
      packs.push([])
      bytes = 0
    }
    packs.at(-1)!.push(table)
    bytes += table.bytes
  }
  return packs
}

/** Another number, when the same tables become other bytes within one version. */
const form = 1

function keyOf(pack: readonly GatheredTable[], { columns, embeddings, made }: Together): string {
  return sha256(canonical({ form, tiastreamVersion, columns, embeddings, made, tables: hashOf(pack) }))
}
