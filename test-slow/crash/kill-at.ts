/**
 * Loaded before the command line (`node --import`): kills this process with SIGKILL right before or right after the n-th call of a
 * file operation that makes things last. The code under test knows nothing of it.
 *
 * TIASTREAM_TEST_KILL: `rename:3:before`. TIASTREAM_TEST_TRACE: a file that gets one line a call, to know how many there are.
 */

import { appendFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const [operation, nth, when] = (process.env.TIASTREAM_TEST_KILL ?? '').split(':')
const trace = process.env.TIASTREAM_TEST_TRACE
let calls = 0

export function die(): never {
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; nothing else may happen before it arrives.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  throw new Error('unreachable')
}

type Async = (...args: never[]) => Promise<unknown>

function watched<F extends Async>(name: string, original: F): F {
  const wrapper = async function (this: unknown, ...args: Parameters<F>) {
    if (trace) appendFileSync(trace, `${name} ${typeof args[0] === 'string' ? args[0] : ''}\n`)
    const mine = name === operation && ++calls === Number(nth)
    if (mine && when === 'before') die()
    const result = await original.apply(this as never, args)
    if (mine && when === 'after') die()
    return result
  }
  return wrapper as unknown as F
}

if (isMainThread) {
  promises.rename = watched('rename', promises.rename)
  promises.link = watched('link', promises.link as Async) as typeof promises.link
  promises.rm = watched('rm', promises.rm as Async) as typeof promises.rm
  promises.mkdir = watched('mkdir', promises.mkdir as Async) as typeof promises.mkdir
  const open = promises.open
  promises.open = watched('open', async (...args: Parameters<typeof open>) => {
    const handle = await open(...args)
    const sync = handle.sync.bind(handle)
    handle.sync = watched('sync', sync)
    return handle
  })
  syncBuiltinESMExports()
}
