/**
 * What a command may replace: only what it could have made itself, and nothing that somebody else needs. The one rule of every command
 * that writes where a person says. A run asks its receipts first, and then whether a file is of its sinks.
 */

import { rmSync } from 'node:fs'
import { lstat, open, readdir, realpath, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { ModelError, PipelineError } from '../errors.js'
import { homeFolder } from '../host/user.js'
import { entriesBelow } from './entries-below.js'
import { holds } from './holds.js'
import { intoPlace } from './into-place.js'
import { readPlain } from './plain-file.js'
import { mustTake } from './write-place.js'

interface Asked {
  readonly out: string
  /** Replace what is there: one of the same kind, never another. */
  readonly force: boolean
  /** Files and folders that the command reads; what is no path (a URL) is nobody's file. */
  readonly reads?: readonly string[]
}

/** How much of the two ends of a file is looked at for the mark of its maker. */
export const looked = 2 ** 20
/** Receipts have a few kilobytes. */
const mostReceipt = 2 ** 26
/** What the writer of pictures says of them. */
const drawn = /"tiastream":"(thumbnail|overlay|map|samples|mask|patch-mask)"/

type Is = (head: string, tail: string) => boolean
const marked =
  (start: RegExp, said = /tiastream/): Is =>
  (head, tail) =>
    start.test(head) && (said.test(head) || said.test(tail))

/** Kinds of files: what they are called, and whether bytes are one that we made. */
const kinds = {
  jpg: ['JPEG drawn of a slide', marked(/^\xff\xd8\xff/, drawn)],
  png: ['PNG drawn of a slide', marked(/^\x89PNG\r\n/, drawn)],
  tif: ['TIFF drawn of a slide', marked(/^(II[*+]\0|MM\0[*+])/, drawn)],
  page: ['report', (head) => /^<!doctype html>/.test(head) && head.includes(' tiastream</title>')],
  evaluation: ['evaluation', marked(/^\{/, /"schema": "tiastream-evaluation\//)],
  'evaluation svg': ['picture of an evaluation', marked(/^<svg/)],
  'evaluation png': ['picture of an evaluation', marked(/^\x89PNG\r\n/)],
  annotations: ['annotation store', marked(/^SQLite format 3\0/)],
  arrow: ['Arrow table', marked(/^ARROW1/)],
  clam: ['HDF5 file of features', marked(/^\x89HDF/)],
  csv: ['table of patches', (head) => /^(\xef\xbb\xbf)?slide,[^\r\n]*\b(x0|status)\b/.test(head)],
  geoparquet: ['GeoParquet table', (head, tail) => marked(/^PAR1/)(head, tail) && tail.includes('"primary_column"')],
  parquet: ['Parquet table', marked(/^PAR1/)],
  jsonl: ['JSON lines of patches', (head) => /^\{"slide":[^\n]*"(x0|status)":/.test(head)],
  qupath: ['GeoJSON', marked(/^\{"type":"FeatureCollection"/)],
  'tiatoolbox-json': ['JSON of TIAToolbox', (head, tail) => /^\{"/.test(head) && /"(predictions|coordinates)":/.test(head + tail)],
  wsinfer: ['table of wsinfer', (head) => head.startsWith('minx,miny,width,height')],
} as const satisfies Readonly<Record<string, readonly [string, Is]>>

export type FileKind = keyof typeof kinds | 'zarr' | 'npy'

/** Whether a file with these two ends is one of this kind that we made. A zarr group is a folder, or one ZIP file of stored entries, the last of which are of the group. An array of NumPy has no room for the name of its maker. */
export function isOfKind(kind: FileKind, head: string, tail: string): boolean {
  if (kind === 'npy') return false
  return kind === 'zarr' ? head.startsWith('PK') && tail.includes('"tiastream"') && tail.includes('.zgroup') : kinds[kind][1](head, tail)
}

/** What stands in the way of this kind, and is not known to be one of ours. */
export const notOurs = (kind: FileKind): string =>
  kind === 'npy'
    ? 'is there already, and an array of NumPy does not say who made it: it is never replaced'
    : `is there already, and is no ${kind === 'zarr' ? 'zarr group' : kinds[kind][0]} made by tiastream: it is never replaced`

export const pictureKind = (file: string): FileKind =>
  /\.png$/i.test(file) ? 'png' : /\.tiff?$/i.test(file) ? 'tif' : /\.npy$/i.test(file) ? 'npy' : 'jpg'

/** Sinks whose files are pictures. */
export const pictureForms = ['map', 'mask', 'overlay', 'samples', 'thumbnail']

/** The two ends of a file, each a letter a byte. */
export interface Ends {
  readonly head: string
  readonly tail: string
}

/** Whether a file is, by its bytes, what this sink makes. Of a sink that leaves no mark (zarr, plugins, a map as .npy) it never is. */
export function isMadeBy(sink: string, name: string, { head, tail }: Ends): boolean {
  const kind = pictureForms.includes(sink) ? pictureKind(name) : Object.hasOwn(kinds, sink) ? (sink as FileKind) : null
  return kind !== null && isOfKind(kind, head, tail)
}

/** Throws OUTPUT_EXISTS, unless nothing is at `out` or it is one of this kind and may be replaced. */
export async function mayReplaceFile({ out, force, reads = [], kind }: Asked & { readonly kind: FileKind }): Promise<void> {
  await mustTake(out, path.dirname(out), { made: false })
  const there = await lstat(out).catch(() => null)
  if (!there) return
  const refuse = (fact: string, hint = 'name another file with -o') => new PipelineError('OUTPUT_EXISTS', `${out} ${fact}`, { hint })
  if (kind !== 'zarr' && there.isDirectory()) throw refuse('is a folder, and is never replaced', 'name a file in it with -o')
  const read = await sameFileOf(out, reads)
  if (read !== null) throw refuse(`is there already, and is read by this command (${read})`)
  const owner = await receiptOf(out)
  if (owner !== null) throw refuse(`is there already, and belongs to a run: ${owner}`)
  if (kind === 'zarr') {
    const isZip = there.isFile() && (await looksLike(out, kind))
    const strange = there.isDirectory() ? await strangeIn(out, isZarr) : isZip ? null : 'it is no folder, and no ZIP file of one'
    if (strange !== null) throw refuse(`is there already, and is no zarr group of tiastream (${strange}): it is never replaced`)
  } else if (!(there.isFile() && (await looksLike(out, kind)))) throw refuse(notOurs(kind))
  if (!force) throw refuse('is there already', 'name another with -o, or say --force')
}

/** Throws MODEL_EXISTS, unless nothing is at `out` or it is a model's folder and may be replaced. `owns`: names below it that are of a model. */
export async function mayReplaceModel({
  out,
  force,
  reads = [],
  owns,
}: Asked & { readonly owns: (out: string) => Promise<ReadonlySet<string>> }): Promise<void> {
  await mustTake(out, path.dirname(out), { made: true })
  const there = await lstat(out).catch(() => null)
  if (!there) return
  const refuse = (fact: string, hint = 'name another folder') => new ModelError('MODEL_EXISTS', `${out} ${fact}`, { hint })
  if (!there.isDirectory()) throw refuse(`is there already, and is ${there.isSymbolicLink() ? 'a link' : 'a file'}: it is never replaced`)
  const real = await realpath(out)
  for (const [place, what] of [
    [process.cwd(), 'the folder you are in'],
    [homeFolder(), 'your home'],
  ] as const) {
    if (holds(real, await realpath(place).catch(() => place))) throw refuse(`is or holds ${what}: it is never replaced`)
  }
  for (const read of reads) {
    const whole = await realpath(read).catch(() => null)
    if (whole !== null && (holds(real, whole) || holds(whole, real)))
      throw refuse(`is there already, and is read by this command (${read})`)
  }
  const own = await owns(out)
  const strange = await strangeIn(out, (name) => own.has(name))
  if (strange !== null) throw refuse(`is there already, and holds more than a model made by tiastream (${strange}): it is never replaced`)
  for (const name of await readdir(out, { recursive: true })) {
    const read = await sameFileOf(path.join(out, name), reads)
    if (read !== null) throw refuse(`is there already, and is read by this command (${read})`)
  }
  if (!force) throw refuse('is there already', 'name another folder, or say --force to replace it')
}

/** Where a result is written before it is whole: a name that nobody has, with the ending of the result; of a long one its end alone, as names have 255 bytes. */
export function partialOf(out: string): string {
  const once = Math.random().toString(36).slice(2, 10)
  const partial = path.join(path.dirname(out), `.${once}.${path.basename(out).slice(-64)}.partial`)
  begun.add(partial)
  return partial
}

/** What this process has begun; what is whole has another name by now. One short name for each file that a command writes. */
const begun = new Set<string>()

/** For who leaves at once: nothing half stays behind. */
export function removeUnfinished(): void {
  for (const partial of begun) rmSync(partial, { recursive: true, force: true })
}

/** Puts a folder in the place of another, which goes last; it is back if that fails. */
export async function swapFolders(fresh: string, out: string): Promise<void> {
  const old = `${fresh}.old`
  const had = await intoPlace(out, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return false
    },
  )
  try {
    await intoPlace(fresh, out)
  } catch (error) {
    if (had) await intoPlace(old, out)
    throw error
  }
  if (had) await rm(old, { recursive: true, force: true })
}

/** The one of `others` that is the same file, by whatever name. */
export async function sameFileOf(file: string, others: readonly string[]): Promise<string | null> {
  // Numbers of files on servers go beyond those that a double holds: two neighbours would be one.
  const mine = await stat(file, { bigint: true }).catch(() => null)
  if (!mine) return null
  for (const other of others) {
    const its = await stat(other, { bigint: true }).catch(() => null)
    if (its && its.dev === mine.dev && its.ino === mine.ino) return other
  }
  return null
}

/** The first name below a folder that is not of what we make there, or null. Folders on the way are, links never. */
async function strangeIn(folder: string, owns: (name: string) => boolean): Promise<string | null> {
  for (const { name, entry } of await entriesBelow(folder)) {
    if (entry.isDirectory() ? entry.name === '.git' : !entry.isFile() || !owns(name)) return name
  }
  return null
}

const isZarr = (name: string): boolean => /(^|\/)(\.zattrs|\.zgroup|\.zarray|\.zmetadata|\d+(\.\d+)*)$/.test(name)

async function looksLike(file: string, kind: FileKind): Promise<boolean> {
  const { head, tail } = await endsOfFile(file)
  return isOfKind(kind, head, tail)
}

export async function endsOfFile(file: string): Promise<Ends> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const part = async (from: number): Promise<string> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(looked, size)), 0, Math.min(looked, size), from)
      return buffer.subarray(0, bytesRead).toString('latin1')
    }
    return { head: await part(0), tail: await part(Math.max(0, size - looked)) }
  } finally {
    await handle.close()
  }
}

/** Who needs a file of an output folder: a receipt that names it, or the state of the run. */
async function receiptOf(out: string): Promise<string | null> {
  const real = await realpath(path.dirname(out)).catch(() => path.resolve(path.dirname(out)))
  for (let folder = real; ; folder = path.dirname(folder)) {
    if (path.basename(folder) === '.tiastream') return 'it is part of its state'
    const receipts = path.join(folder, '.tiastream', 'receipts')
    for (const name of await readdir(receipts).catch(() => [])) {
      const files = await filesOf(path.join(receipts, name))
      const named = await sameFileOf(
        out,
        files.map((file) => path.join(folder, file)),
      )
      if (named !== null) return `the receipt of ${name.replace(/\.json$/, '')} names it`
    }
    if (path.dirname(folder) === folder) return null
  }
}

async function filesOf(receipt: string): Promise<readonly string[]> {
  try {
    const { files = [], old = [] } = JSON.parse(`${await readPlain(receipt, mostReceipt)}`) as { files?: unknown[]; old?: unknown[] }
    return [...files, ...old].flatMap((one) => {
      const file = (one as { file?: unknown } | null)?.file
      return typeof file === 'string' ? [file] : []
    })
  } catch {
    return []
  }
}
