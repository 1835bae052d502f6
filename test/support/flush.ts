/** What happens while a file is flushed. */

import { type FileHandle, open } from 'node:fs/promises'
import type { ExecutionContext } from 'ava'

/**
 * Until the test ends, each flush of a file in this thread waits for what `held` gives for its number, from 1. Returns how many there were,
 * and a promise of the first. For serial tests.
 */
export async function duringFlush(t: ExecutionContext, held: (n: number) => Promise<void> | undefined) {
  const handle = await open(import.meta.filename)
  await handle.close()
  const prototype = Object.getPrototypeOf(handle) as FileHandle
  const { sync } = prototype
  let count = 0
  let begin: () => void = () => undefined
  const began = new Promise<void>((resolve) => {
    begin = resolve
  })
  prototype.sync = async function (this: FileHandle) {
    const wait = held(++count)
    begin()
    await wait
    await sync.call(this)
  }
  t.teardown(() => {
    prototype.sync = sync
  })
  return { flushes: () => count, began }
}
