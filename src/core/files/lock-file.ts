/**
 * A file that says which process holds something. It is touched while that process lives, and taken over when it does not: a killed
 * process leaves its file behind.
 */

import { stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fateOfHolder, type Holder, holderIn } from './holder.js'
import { nullWhere } from './null-where.js'
import { clearHeldFiles, linked, putInPlaceOf, readHeld, removeOwn, withOwnFile } from './swap-file.js'

/** A holder of which nothing is certain, on another machine or in another container, counts as dead after this long without a touch. */
const silence = 60_000
const touchEvery = 10_000
/** A file without a name this long after it was made is one of a process that died between the two: where hard links are not known, it is empty at first. */
const namedWithin = 2000

/** Ends the hold. */
export type Release = () => Promise<void>

/** Takes the file, or answers with the living process that holds it. Throws what the file system throws. */
export async function takeLockFile(file: string): Promise<{ readonly release: Release } | { readonly holder: Holder }> {
  const folder = path.dirname(file)
  // Before it is ours: what cannot be cleared away must not leave a lock behind that nobody gives back.
  await clearHeldFiles(folder)
  const taken = await withOwnFile(folder, (mine, bytes) => create(file, mine, bytes))
  if (!Buffer.isBuffer(taken)) return { holder: taken }
  const touch = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), touchEvery)
  touch.unref()
  return {
    release: async () => {
      clearInterval(touch)
      // Who was stopped for long may have lost it.
      await removeOwn(file, taken)
    },
  }
}

/** Answers with the bytes that are in the lock now, or with its holder. */
async function create(file: string, mine: string, bytes: Buffer): Promise<Buffer | Holder> {
  for (;;) {
    if (await linked(mine, file)) return bytes
    const found = await look(file)
    // Given back this very moment.
    if (found === null) continue
    if (found.holder) return found.holder
    if (await putInPlaceOf(found.bytes, file, mine, path.dirname(file))) return bytes
  }
}

/** What is in the file, and who holds it: nobody when it names nobody, or its holder is dead. Null when it is gone. */
async function look(file: string): Promise<{ readonly bytes: Buffer; readonly holder: Holder | null } | null> {
  const touched = (await stat(file).catch(nullWhere('ENOENT')))?.mtimeMs
  if (touched === undefined) return null
  let bytes = await readHeld(file)
  for (let waited = 0; bytes?.length === 0 && waited < namedWithin && Date.now() - touched < namedWithin; waited += 50) {
    await setTimeout(50)
    bytes = await readHeld(file)
  }
  if (bytes === null) return null
  const holder = holderIn(bytes)
  if (holder === null) return { bytes, holder }
  const fate = await fateOfHolder(holder)
  const isLiving = fate === 'unknown' ? Date.now() - touched < silence : fate === 'running'
  return { bytes, holder: isLiving ? holder : null }
}
