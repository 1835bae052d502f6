/**
 * What the rows of one slide follow from besides the pipeline: its content, what the source says of it, and the files that stages read for
 * it (masks). Taken before it is read, kept in receipt and journal, and taken again before the commit: rows of two contents are never one
 * table.
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { isAddress, type RemoteOptions, withoutSecrets } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { type SlideIdentity, type SlideRef, sameContent } from '../../core/slide.js'
import { ahead } from '../../flow/ahead.js'
import { openUri } from '../../readers/files/by-scheme.js'
import { identify, stampOf } from '../../readers/identify.js'
import { readOnce, versionOf } from '../../readers/identity.js'
import { type FileContent, slideFingerprint } from '../plan/fingerprint.js'
import type { Plan } from '../plan/plan-type.js'

/** A file that a stage reads, and in which state its server has it, where one says so. */
type StageFile = FileContent & { readonly version?: string }

export interface Evidence {
  readonly identity: SlideIdentity
  /** Of a set: as the file system had it before it was read. Null of a slide. */
  readonly stamp: string | null
  readonly files: readonly StageFile[]
  /** Of what the source says of it and of the files. */
  readonly reference: string
}

/** `known`: who it was when a receipt was written of it. Throws SlideError when the slide is missing or may not be read. */
export async function evidenceOf(ref: SlideRef, plan: Plan, signal: AbortSignal, known?: SlideIdentity | null): Promise<Evidence> {
  const stamp = await stampOf(ref, signal)
  const identity = await identify(ref, plan.environment.readers, signal, { before: known ?? undefined })
  const files = await filesOf(ref, plan, signal)
  return { identity, stamp, files, reference: slideFingerprint(ref, files) }
}

async function filesOf(
  ref: SlideRef,
  { environment, stages, folder }: Plan,
  signal: AbortSignal,
  before: readonly StageFile[] = [],
): Promise<readonly StageFile[]> {
  const files: StageFile[] = []
  for (const { name, options } of stages) {
    for (const file of environment.stages[name]?.files?.(options, ref, folder) ?? [])
      files.push(await contentOf(file, ref, signal, before[files.length]))
  }
  return files
}

/** Throws SLIDE_CHANGED when the slide, or a file that was read for it, is not what it was. Within a run a new time says so, too. */
export async function mustBeSame(before: Evidence, ref: SlideRef, plan: Plan, signal: AbortSignal): Promise<void> {
  if (before.stamp === null || before.stamp !== (await stampOf(ref, signal))) {
    const now = await identify(ref, plan.environment.readers, signal, { before: before.identity }).catch((error: unknown) => {
      signal.throwIfAborted()
      throw error instanceof SlideError ? changed(ref, null, error.message, error) : error
    })
    if (!sameContent(before.identity, now)) throw changed(ref, null, 'its content is another now')
    if (before.identity.modified !== now.modified) {
      throw changed(ref, null, `it was written at ${new Date(now.modified).toISOString()}`)
    }
    if (before.identity.version !== now.version) throw changed(ref, null, 'its server has another state of it')
  }
  const other = (await filesOf(ref, plan, signal, before.files)).find(({ sha256 }, i) => sha256 !== before.files[i]?.sha256)
  if (other) throw changed(ref, other.file, 'its content is another now')
}

/** A slide that was written to meanwhile fails in many ways; that it was is what to say. */
export async function causeOf(error: unknown, before: Evidence | null, ref: SlideRef, plan: Plan, signal: AbortSignal): Promise<unknown> {
  if (before === null) return error
  return mustBeSame(before, ref, plan, signal).then(
    () => error,
    (other: unknown) => (other instanceof SlideError ? other : error),
  )
}

/** `file`: another than the slide itself. */
function changed(ref: SlideRef, file: string | null, how: string, cause?: unknown): SlideError {
  const slide = withoutSecrets(ref.uri)
  const what = file === null ? slide : `${withoutSecrets(file)} of ${slide}`
  return new SlideError('SLIDE_CHANGED', `${what} has changed while it was read: ${how}`, {
    hint: 'nothing of it is published; run again when it is written to no more',
    at: { slide: ref.id },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Whole: a point of a polygon is a few bytes anywhere, and the stage reads all of it as well. Null where there is none: the stage says so. */
async function contentOf(file: string, { remote }: SlideRef, signal: AbortSignal, before?: StageFile): Promise<StageFile> {
  try {
    if (isAddress(file)) return await contentAt(file, remote, signal, before)
    const hash = createHash('sha256')
    // Not a pipe, which would wait for a writer.
    if (!(await stat(file)).isFile()) return { file, sha256: null }
    await pipeline(createReadStream(file), hash, { signal })
    return { file, sha256: hash.digest('hex') }
  } catch {
    signal.throwIfAborted()
    return { file, sha256: null }
  }
}

/** In flight at once of a file on a server. */
const [rangeBytes, ranges] = [2 ** 20, 8]

/** On a server the same; what it says to be in the state of before is not read again. */
async function contentAt(file: string, remote: RemoteOptions | undefined, signal: AbortSignal, before?: StageFile): Promise<StageFile> {
  const source = await openUri(file, remote, signal)
  try {
    const version = versionOf([source])
    if (before?.version !== undefined && before.version === version) return before
    const hash = createHash('sha256')
    const starts = Array.from({ length: Math.ceil(source.size / rangeBytes) }, (_, i) => i * rangeBytes)
    const read = (at: number) => readOnce(source, { offset: at, length: Math.min(rangeBytes, source.size - at) }, signal)
    for await (const bytes of ahead(starts, ranges, read)) hash.update(bytes)
    return { file, sha256: hash.digest('hex'), ...(version === undefined ? {} : { version }) }
  } finally {
    await source.close()
  }
}
