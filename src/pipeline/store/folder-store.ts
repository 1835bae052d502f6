/** Results in a folder. Exclusive is a hard link, another in the place of what was seen is a guard and a rename, whole is a rename, lasting is a flush of file and folder. */

import { constants, lstat, open, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { SinkError } from '../../core/errors.js'
import { holds } from '../../core/files/holds.js'
import { intoPlace } from '../../core/files/into-place.js'
import { makeFolder } from '../../core/files/make-folder.js'
import { type Ends, endsOfFile } from '../../core/files/may-replace.js'
import { nullWhere } from '../../core/files/null-where.js'
import { readPlain } from '../../core/files/plain-file.js'
import { clearHeldFiles, isHeldFile, linked, putInPlaceOf } from '../../core/files/swap-file.js'
import type { Column } from '../../core/row.js'
import { whenFree } from '../../flow/file-handles.js'
import { sinkErrorOf, writing } from '../../sinks/common/file.js'
import { meeting, writeWhole } from './durable.js'
import { fsyncFolder } from './fsync.js'
import { makeInside, mustBeItself, noLink } from './inside.js'
import { type Draft, type Header, type Journal, type ResultStore, state } from './result-store.js'

/** What is not whole yet: a folder an attempt, and small files on their way. */
const drafts = `${state}/drafts`
const folders = ['receipts', 'journal', 'drafts', 'leases', 'workers'].map((name) => `${state}/${name}`)
/** Most bytes of what is read whole, as in a bucket. */
const mostWhole = 2 ** 30
const ownOnly = constants.O_WRONLY | constants.O_CREAT | noLink

export class FolderStore implements ResultStore {
  /** Absolute. */
  readonly place: string

  constructor(folder: string) {
    this.place = path.resolve(folder)
  }

  async prepare(): Promise<void> {
    await writing(this.place, () => makeFolder(this.place))
    for (const name of folders) {
      await makeInside(this.place, this.pathOf(name))
      await mustBeItself(this.place, name)
    }
  }

  /** Where a file lies. */
  pathOf(name: string): string {
    const file = path.join(this.place, name)
    if (holds(this.place, file)) return file
    throw new SinkError('OUTPUT_ESCAPES', `the name ${name} leads out of ${this.place}`, { hint: strange })
  }

  async read(name: string): Promise<Buffer | null> {
    const file = this.pathOf(name)
    return writing(file, () =>
      readPlain(file, mostWhole)
        .catch(nullWhere('ENOENT', 'ENOTDIR', 'EISDIR'))
        .catch(notOurs(file)),
    )
  }

  async size(name: string): Promise<number | null> {
    return (await stat(this.pathOf(name)).catch(() => null))?.size ?? null
  }

  async swap(name: string, seen: Uint8Array | null, content: string | Uint8Array): Promise<boolean> {
    const file = this.pathOf(name)
    return writing(file, async () => {
      await makeInside(this.place, path.dirname(file))
      return meeting(() =>
        this.withSmall(content, async (partial) => {
          const isDone = await (seen === null ? this.create(file, partial) : putInPlaceOf(seen, file, partial, this.pathOf(drafts)))
          if (isDone) await fsyncFolder(path.dirname(file))
          return isDone
        }),
      )
    })
  }

  async replace(name: string, content: string | Uint8Array): Promise<void> {
    const file = this.pathOf(name)
    await writing(file, async () => {
      await makeInside(this.place, path.dirname(file))
      await meeting(() => this.withSmall(content, (partial) => intoPlace(partial, file)))
      await fsyncFolder(path.dirname(file))
    })
  }

  /** In place: where the folder lies on a server, who opens the file asks for it anew. */
  async touch(name: string, content: string): Promise<void> {
    const file = this.pathOf(name)
    await writing(file, async () => {
      const handle = await whenFree(() => open(file, ownOnly))
      try {
        await handle.write(content, 0)
        await handle.truncate(Buffer.byteLength(content))
      } finally {
        await handle.close()
      }
    })
  }

  async remove(name: string): Promise<void> {
    await writing(this.pathOf(name), () => rm(this.pathOf(name), { force: true }))
  }

  async list(folder: string): Promise<readonly string[]> {
    const entries = await writing(this.pathOf(folder), () =>
      readdir(this.pathOf(folder), { withFileTypes: true }).catch(nullWhere('ENOENT', 'ENOTDIR')),
    )
    return (entries ?? []).filter((entry) => !entry.isDirectory()).map(({ name }) => `${folder}/${name}`)
  }

  async endsOf(name: string): Promise<Ends | null> {
    const file = this.pathOf(name)
    return (await lstat(file).catch(() => null))?.isFile() === true ? endsOfFile(file) : null
  }

  /** A folder in the place of a file is this slide's misfortune; it is found before any of its files has its name. A link is replaced. */
  async mustBeFree(name: string): Promise<void> {
    const file = this.pathOf(name)
    const there = await lstat(file).catch(() => null)
    if (there?.isDirectory()) throw sinkErrorOf(aFolder(), file)
  }

  async draft(attempt: string, name: string): Promise<string> {
    const file = this.pathOf(`${drafts}/${attempt}/${name}.partial`)
    await makeInside(this.place, path.dirname(this.pathOf(name)))
    await makeInside(this.place, path.dirname(file))
    // Whatever somebody laid there: a sink starts with nothing, and follows no link.
    await writing(file, () => rm(file, { recursive: true, force: true }))
    return file
  }

  async publish(files: readonly Draft[]): Promise<readonly number[]> {
    for (const { name } of files) await this.mustBeFree(name)
    const sizes: number[] = []
    for (const { path: draft, name } of files) {
      const file = this.pathOf(name)
      await writing(file, () => intoPlace(draft, file))
      sizes.push((await stat(file)).size)
    }
    for (const folder of new Set(files.map(({ name }) => path.dirname(this.pathOf(name))))) await fsyncFolder(folder)
    return sizes
  }

  async attempts(): Promise<readonly string[]> {
    const entries = await readdir(this.pathOf(drafts), { withFileTypes: true }).catch(() => [])
    if (entries.some(({ name }) => isHeldFile(name))) await clearHeldFiles(this.pathOf(drafts))
    for (const entry of entries) {
      // Who is at work on one of these writes it again.
      if (!entry.isDirectory() && !isHeldFile(entry.name)) await rm(this.pathOf(`${drafts}/${entry.name}`), { force: true })
    }
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  }

  async discard(attempt: string): Promise<void> {
    const folder = this.pathOf(`${drafts}/${attempt}`)
    // Of what is no folder nothing is to be thrown away; who named it is told by who looks into it. What somebody else has open goes with the next sweep.
    await writing(folder, () => rm(folder, { recursive: true, force: true }).catch(nullWhere('ENOTDIR', 'ENOTEMPTY', 'EBUSY')))
  }

  async openJournal(slide: string, attempt: string, columns: readonly Column[], asked: Header): Promise<Journal> {
    // What only looks at an output writes no journal.
    const { openJournal } = await import('./journal.js')
    return openJournal(this.place, slide, attempt, columns, asked)
  }

  async hasJournal(slide: string): Promise<boolean> {
    return (await this.list(`${state}/journal/${slide}`)).length > 0
  }

  async removeJournals(slide: string): Promise<void> {
    const { removeJournals } = await import('./journal.js')
    return removeJournals(this.place, slide)
  }

  /** Writes a small file beside its place; what is left of it goes. */
  private async withSmall<T>(content: string | Uint8Array, work: (partial: string) => Promise<T>): Promise<T> {
    const partial = this.small()
    try {
      await writeWhole(partial, content).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
        await makeInside(this.place, path.dirname(partial))
        await writeWhole(partial, content)
      })
      return await work(partial)
    } finally {
      await rm(partial, { force: true }).catch(() => undefined)
    }
  }

  private small(): string {
    return this.pathOf(`${drafts}/${Math.random().toString(36).slice(2, 12)}.partial`)
  }

  private async create(file: string, partial: string): Promise<boolean> {
    if (await linked(partial, file)) return true
    // Nobody has been faster, and nobody ever will be.
    if ((await lstat(file).catch(() => null))?.isDirectory()) throw aFolder()
    return false
  }
}

/** A pipe, a device, or more than anything of ours. */
const notOurs =
  (file: string) =>
  (cause: NodeJS.ErrnoException): never => {
    if (cause.code !== 'EINVAL' && cause.code !== 'EFBIG') throw cause
    throw new SinkError('OUTPUT_FAILED', `${file} cannot be read: ${cause.message}`, { hint: strange, cause })
  }

const strange = 'this folder was not written by tiastream alone: do not trust it'

const aFolder = (): Error => Object.assign(new Error('a folder'), { code: 'EISDIR' })
