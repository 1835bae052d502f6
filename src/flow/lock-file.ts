/**
 * A file that says which process holds something. It is touched while that process lives, and taken over when it does not: a killed
 * process leaves its file behind.
 */

import { randomUUID } from 'node:crypto'
import { link, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Birth, fateOf, isThere, ownBirth } from './birth.js'

export interface Holder {
  readonly pid: number
  readonly host: string
  readonly since: string
  /** Where it can be told for sure: a pid alone is another process in each container, and containers may share a host name. */
  readonly birth: Birth | null
}

/** A holder of which nothing is certain, on another machine or in another container, counts as dead after this long without a touch. */
const silence = 60_000
const touchEvery = 10_000
/** A file without a name this long after it was made is one of a process that died between the two. */
const namedWithin = 2000

/** Ends the hold. */
export type Release = () => Promise<void>

/** Takes the file, or answers with the living process that holds it. Throws what the file system throws. */
export async function takeLockFile(file: string): Promise<{ readonly release: Release } | { readonly holder: Holder }> {
  await clearAside(path.dirname(file))
  const holder = await create(file)
  if (holder) return { holder }
  const touch = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), touchEvery)
  touch.unref()
  return {
    release: async () => {
      clearInterval(touch)
      await rm(file, { force: true })
    },
  }
}

async function create(file: string): Promise<Holder | null> {
  const mine: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString(), birth: await ownBirth() }
  for (;;) {
    try {
      const handle = await open(file, 'wx')
      try {
        await handle.writeFile(`${JSON.stringify(mine)}\n`)
      } catch (error) {
        // An empty lock would name nobody.
        await rm(file, { force: true })
        throw error
      } finally {
        await handle.close()
      }
      return null
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = await livingHolder(file)
    if (holder) return holder
    // Moving it away decides between two that take over at once: only one rename succeeds. Who moved a fresh lock puts it back.
    const aside = `${file}.stale.${randomUUID()}`
    await rename(file, aside).catch(() => undefined)
    const moved = await livingHolder(aside)
    if (moved) await link(aside, file).catch(() => undefined)
    await rm(aside, { force: true })
    if (moved) return moved
  }
}

/** True for a file that a process moved away to take its place. */
const isMovedAside = (name: string): boolean => /\.stale\.[\w-]+$/.test(name)

/** Removes what processes moved aside and died over. What has a living holder is about to be put back. */
async function clearAside(folder: string): Promise<void> {
  for (const file of (await readdir(folder)).filter(isMovedAside).map((name) => path.join(folder, name))) {
    if (!(await livingHolder(file))) await rm(file, { force: true })
  }
}

/** Who holds the file, or null when it is gone, names nobody, or its holder is dead. */
async function livingHolder(file: string): Promise<Holder | null> {
  let holder: Holder
  let touched: number
  try {
    touched = (await stat(file)).mtimeMs
    let text = await readFile(file, 'utf8')
    for (let waited = 0; text === '' && waited < namedWithin && Date.now() - touched < namedWithin; waited += 50) {
      await setTimeout(50)
      text = await readFile(file, 'utf8')
    }
    holder = JSON.parse(text) as Holder
    if (typeof holder.host !== 'string') return null
  } catch {
    return null
  }
  const fate = await fateOfHolder(holder)
  if (fate === 'unknown') return Date.now() - touched < silence ? holder : null
  return fate === 'running' ? holder : null
}

function fateOfHolder({ birth, host, pid }: Holder): ReturnType<typeof fateOf> {
  if (birth) return fateOf(birth)
  // Other systems have no births, and no pids that mean several processes.
  const isSure = process.platform !== 'linux' && host === hostname()
  return Promise.resolve(isSure ? (isThere(pid) ? 'running' : 'ended') : 'unknown')
}
