/**
 * Another file in the place of what was seen there, where several may want that at once: compare and swap, on file systems that know exclusive links and
 * renames. Who wants it first takes the right to, a guard: a file that only one can make, and whose name says which bytes of which file. With the guard it
 * looks once more, and renames. So the file is never away, not for a moment in which a third would find its place free.
 *
 * Who dies with a guard leaves it behind. It is taken over as any other file of a dead process: by the guard of its bytes.
 */

import { createHash, randomUUID } from 'node:crypto'
import { link, lstat, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fateOfHolder, holderIn, ownHolder } from './holder.js'
import { intoPlace } from './into-place.js'
import { nullWhere } from './null-where.js'
import { onDisk } from './on-disk.js'
import { readPlain } from './plain-file.js'

/** A guard is held for as long as it takes to read and to rename; who has one this long, and may be dead, counts as dead. */
const silence = 60_000
const lookEvery = 20
/** What nobody can tell to be dead is thrown away after this long, by whatever clock the file has. */
const forgotten = 3_600_000

const suffix = '.held'
/** Names of guards, and of what is about to become a guard or a lock. */
export const isHeldFile = (name: string): boolean => name.endsWith(suffix)
const isGuard = (name: string): boolean => /^[0-9a-f]{32}\.held$/.test(name)

/** What file systems say that know no hard links: EIO is what a mount by rclone says. */
const noLinks = ['EIO', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']

/**
 * Gives a file a second name that nobody has; false when somebody has it. A symbolic link to nowhere is nobody's file. Without hard links the file is made there:
 * exclusive, but a reader may meet it half written.
 */
export async function linked(from: string, to: string, makeLink = link): Promise<boolean> {
  if (await namedAlone(from, to, makeLink)) return true
  if (!(await leadsNowhere(to))) return false
  await rm(to, { force: true })
  return namedAlone(from, to, makeLink)
}

async function namedAlone(from: string, to: string, makeLink: typeof link): Promise<boolean> {
  try {
    await makeLink(from, to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return isSame(from, to)
    if (code === undefined || !noLinks.includes(code)) throw error
  }
  const handle = await open(to, 'wx').catch(nullWhere('EEXIST'))
  if (handle === null) return isSame(from, to)
  try {
    await handle.writeFile(await readFile(from))
    await onDisk(handle)
    return true
  } catch (error) {
    // A file without a name in it would keep others waiting.
    await rm(to, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

async function leadsNowhere(file: string): Promise<boolean> {
  const there = await lstat(file).catch(() => null)
  return there?.isSymbolicLink() === true && (await stat(file).catch(() => null)) === null
}

/** On NFS the answer to a link that was made may be lost: asked again, the server says that the name is taken, by this very file. */
async function isSame(from: string, to: string): Promise<boolean> {
  const [a, b] = await Promise.all([from, to].map((file) => lstat(file, { bigint: true }).catch(nullWhere('ENOENT'))))
  return a != null && b != null && a.nlink > 1n && a.ino === b.ino && a.dev === b.dev
}

/**
 * Puts `partial` in the place of `file` if that holds the bytes `seen`; false, and nothing is done, when it holds others. Of several at once one is told true.
 * `guards`: a folder that all of them share, and where guards may lie for a moment. Throws what the file system throws.
 */
export async function putInPlaceOf(seen: Uint8Array, file: string, partial: string, guards: string): Promise<boolean> {
  const isThere = () => hasBytes(file, seen)
  const release = await takeGuard(guardOf(seen, file, guards), isThere)
  if (release === null) return false
  try {
    if (!(await isThere())) return false
    await intoPlace(partial, file)
    return true
  } finally {
    await release()
  }
}

/** Does the work with a file of this folder that names this process; whatever is left of it goes. */
export async function withOwnFile<T>(folder: string, work: (mine: string, bytes: Buffer) => Promise<T>): Promise<T> {
  const mine = path.join(folder, `${randomUUID()}${suffix}`)
  const bytes = await ownHolder()
  try {
    await writeFile(mine, bytes, { flag: 'wx' })
    return await work(mine, bytes)
  } finally {
    await rm(mine, { force: true })
  }
}

/** Removes a file if it still holds these bytes. */
export async function removeOwn(file: string, bytes: Uint8Array): Promise<void> {
  if (await hasBytes(file, bytes)) await rm(file, { force: true })
}

/** Removes what the dead left in a folder of guards. What may have a living holder stays. */
export async function clearHeldFiles(guards: string): Promise<void> {
  for (const name of (await readdir(guards)).filter(isHeldFile)) {
    const file = path.join(guards, name)
    const bytes = await readHeld(file)
    if (bytes === null || !(await isForgotten(file, bytes))) continue
    // Nobody else wants what is no guard yet.
    if (!isGuard(name)) await rm(file, { force: true })
    else
      await withOwnFile(guards, async (mine, own) => ((await putInPlaceOf(bytes, file, mine, guards)) ? removeOwn(file, own) : undefined))
  }
}

/** The guard of these bytes of this file: the same from wherever the folders are mounted. Exported for tests. */
export function guardOf(seen: Uint8Array, file: string, guards: string): string {
  const name = path.relative(guards, file).replaceAll(path.sep, '/')
  return path.join(guards, `${createHash('sha256').update(`${name}\0`).update(seen).digest('hex').slice(0, 32)}${suffix}`)
}

/** Answers with how to give it back, or null when another has it and it is `wanted` no longer. */
function takeGuard(guard: string, wanted: () => Promise<boolean>): Promise<(() => Promise<void>) | null> {
  const guards = path.dirname(guard)
  return withOwnFile(guards, async (mine, own) => {
    const release = () => removeOwn(guard, own)
    let met: { readonly bytes: Buffer; readonly at: number } | undefined
    do {
      if (await linked(mine, guard)) return release
      const bytes = await readHeld(guard)
      // Given back this very moment.
      if (bytes === null) continue
      if (!met?.bytes.equals(bytes)) met = { bytes, at: performance.now() }
      const isDead = performance.now() - met.at > silence || (await fateOfHolder(holderIn(bytes))) === 'ended'
      if (!isDead) await setTimeout(lookEvery)
      else if (await putInPlaceOf(bytes, guard, mine, guards)) return release
    } while (await wanted())
    return null
  })
}

async function isForgotten(file: string, bytes: Buffer): Promise<boolean> {
  const fate = await fateOfHolder(holderIn(bytes))
  if (fate !== 'unknown') return fate === 'ended'
  const made = (await stat(file).catch(nullWhere('ENOENT')))?.mtimeMs ?? Date.now()
  return Date.now() - made > forgotten
}

const hasBytes = async (file: string, bytes: Uint8Array): Promise<boolean> =>
  (await readPlain(file, bytes.length).catch(nullWhere('ENOENT', 'EFBIG')))?.equals(bytes) ?? false

/** Names of holders are short; what is longer is none of them. */
const mostHolder = 2 ** 16
/** Null where there is no such file. */
export const readHeld = (file: string): Promise<Buffer | null> => readPlain(file, mostHolder).catch(nullWhere('ENOENT'))
