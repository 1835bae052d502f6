/**
 * A file that a command writes where a person says: beside its place and then renamed, or in the scratch folder and then made an object of a bucket. Whole or
 * not at all, and never in the place of what the command did not make: `core/files/may-replace.ts` has the rule.
 */

import { open, rm } from 'node:fs/promises'
import path from 'node:path'
import { instead, isAddress, nameIn, withoutSecrets } from '../../core/address.js'
import { PipelineError, SinkError } from '../../core/errors.js'
import { intoPlace } from '../../core/files/into-place.js'
import { type FileKind, isOfKind, mayReplaceFile, notOurs, partialOf, swapFolders } from '../../core/files/may-replace.js'
import { ahead } from '../../flow/ahead.js'
import { placeOf } from '../../remote/place.js'
import { bodyOfFile } from '../../remote/write/body.js'
import { Bucket } from '../../remote/write/bucket.js'
import type { Condition } from '../../remote/write/dialect.js'
import { writing } from '../../sinks/common/file.js'
import { endsOfObject } from './ends-of-object.js'
import { fsyncFolder } from './fsync.js'
import { addressProblem, normalAddress } from './output-address.js'
import { readReceipt, receiptIds, receiptsAtOnce } from './receipts.js'
import { state } from './result-store.js'
import { makeScratch, scratchFolder } from './scratch.js'
import { storeOf } from './store-of.js'

export interface CommandFile {
  /** The absolute path, or the address. */
  readonly place: string
  /** Where it is written first: a path of this machine, with the ending of the file. */
  readonly partial: string
  /** Throws OUTPUT_EXISTS where something lies there that may not be replaced. Before the work begins. */
  check(): Promise<void>
  /** Puts it into its place, unless something has come there meanwhile; then nothing of it is left. */
  publish(): Promise<void>
  /** Takes away what was written. */
  discard(): Promise<void>
}

export interface CommandFileAsked {
  /** A path, or an address: s3://bucket/report.html. */
  readonly out: string
  readonly kind: FileKind
  /** Replaces one of its kind. */
  readonly force: boolean
  /** What the command reads: it is never replaced. */
  readonly reads: readonly string[]
}

/** Throws PipelineError OPTION_INVALID for an address at which nothing can be written. */
export function commandFile(asked: CommandFileAsked): CommandFile {
  const hint = instead(asked.out)
  if (hint !== undefined) throw new PipelineError('OPTION_INVALID', `'${withoutSecrets(asked.out)}' is no place to write to`, { hint })
  const file = isAddress(asked.out) ? inBucket(asked) : inFolder(asked)
  const publish = async () => {
    try {
      await file.publish()
    } catch (error) {
      await file.discard()
      throw error
    }
  }
  return { ...file, publish }
}

function inFolder(asked: CommandFileAsked): CommandFile {
  const place = path.resolve(asked.out)
  const partial = partialOf(place)
  const check = () => mayReplaceFile({ ...asked, out: place })
  return {
    place,
    partial,
    check,
    publish: async () => {
      await check()
      await writing(place, async () => {
        // A folder cannot be renamed over another.
        await (asked.kind === 'zarr' ? swapFolders(partial, place) : intoPlace(partial, place))
        await fsyncFolder(path.dirname(place))
      })
    },
    discard: () => rm(partial, { recursive: true, force: true }),
  }
}

/** Most bytes of one PUT, of all stores. */
const mostBytes = 5 * 2 ** 30

function inBucket({ out, kind, force, reads }: CommandFileAsked): CommandFile {
  const name = nameIn(out)
  const problem = addressProblem(out) ?? (name === '' || out.endsWith('/') ? 'it names no file' : null) ?? zarrProblem(kind)
  if (problem !== null)
    throw new PipelineError('OPTION_INVALID', `nothing can be written to ${withoutSecrets(out)}: ${problem}`, {
      hint: 'name a file with -o',
    })
  const above = normalAddress(out.slice(0, -name.length))
  const bucket = new Bucket(above)
  const place = `${above}${name}`
  const scratch = path.join(scratchFolder(undefined), 'commands')
  const partial = partialOf(path.join(scratch, name))
  let condition: Condition = { isNew: true }
  const refuse = (fact: string, hint = 'name another file with -o') => new PipelineError('OUTPUT_EXISTS', `${place} ${fact}`, { hint })
  return {
    place,
    partial,
    check: async () => {
      const there = await bucket.head(name)
      if (there !== null) {
        await mustBeReplaceable(bucket, name, place, { kind, force, reads, refuse, size: there.size })
        if (there.tag === null) throw refuse('is there already, and its store does not say in which state: it is not replaced')
        condition = { tag: there.tag }
      }
      await makeScratch(scratch)
    },
    publish: async () => {
      const handle = await writing(partial, () => open(partial, 'r'))
      try {
        const { size } = await handle.stat()
        if (size > mostBytes)
          throw new SinkError('OUTPUT_FAILED', `${place} would have ${size} bytes, more than a store takes at once`, {
            hint: 'name a file of this machine with -o, and copy it',
          })
        const written = await bucket.put(name, await bodyOfFile(handle, partial, 0, size), condition)
        if (written === null) throw refuse('has been written by somebody else meanwhile', 'look what it is, then try again')
      } finally {
        await handle.close()
      }
      await rm(partial, { force: true })
    },
    discard: () => rm(partial, { recursive: true, force: true }),
  }
}

const zarrProblem = (kind: FileKind): string | null =>
  kind === 'zarr' ? 'a zarr group is many objects, which cannot be replaced at once: export it to a folder and copy that' : null

interface Replacing {
  readonly kind: FileKind
  readonly force: boolean
  readonly reads: readonly string[]
  readonly size: number
  refuse(fact: string, hint?: string): PipelineError
}

async function mustBeReplaceable(
  bucket: Bucket,
  name: string,
  place: string,
  { kind, force, reads, size, refuse }: Replacing,
): Promise<void> {
  const read = reads.find((one) => isAddress(one) && addressProblem(one) === null && normalAddress(one) === normalAddress(place))
  if (read !== undefined) throw refuse(`is there already, and is read by this command (${read})`)
  const owner = await ownerOf(place)
  if (owner !== null) throw refuse(`is there already, and belongs to a run: ${owner}`)
  const { head, tail } = await endsOfObject(bucket, name, size)
  const isOne = size > 0 && isOfKind(kind, head, tail)
  if (!isOne) throw refuse(notOurs(kind))
  if (!force) throw refuse('is there already', 'name another with -o, or say --force')
}

/** Who needs an object: the output of a run in which it lies. */
async function ownerOf(place: string): Promise<string | null> {
  const { scheme, bucket, key } = placeOf(place)
  if (key.split('/').includes(state)) return 'it is part of its state'
  for (let end = key.lastIndexOf('/'); ; end = end === 0 ? -1 : key.lastIndexOf('/', end - 1)) {
    const own = key.slice(end + 1)
    const store = await storeOf(`${scheme}://${bucket}/${key.slice(0, end + 1)}`)
    for await (const receipt of ahead(await receiptIds(store), receiptsAtOnce, (id) => readReceipt(store, id))) {
      const files = [...(receipt?.files ?? []), ...(receipt?.old ?? [])]
      if (files.some(({ file }) => own === file || own.startsWith(`${file}/`))) return `the receipt of ${receipt!.slide} names it`
    }
    if (end < 0) return null
  }
}
