/**
 * Loaded before the program (`node --import`, in every thread): makes one thing go wrong at one moment, so that what runs is the program
 * itself, and only the world around it fails.
 *
 * TIASTREAM_TEST_READ: `eio:5:bad.tif` the fifth read of a file whose name ends so fails with EIO; `stall:5:bad.tif` it and all later
 * ones never answer. Counted in each thread by itself.
 * TIASTREAM_TEST_FLUSH: milliseconds that each flush of a file takes longer; `700:.journal` only of files whose names end so, which are a sixth of
 * those of a slide; `700:.journal:4` only the first four in a thread.
 * TIASTREAM_TEST_HOLD: `2:.journal:/folder/gate` after two flushes of files whose names end so the next ones wait until there is a gate: what the test
 * does meanwhile comes in the middle of the slide, however late a busy machine lets it come.
 * TIASTREAM_TEST_SIGNAL: `SIGTERM:slide.progress` the process has that signal when it tells the first event of that type, and once more 30 ms later.
 * TIASTREAM_TEST_LANE: `exit:200` the block that holds patch 200 ends its thread, `exit:200:b` only that of slide b; `abort` and `segv`
 * end the whole process.
 * TIASTREAM_TEST_HELPER: `mask` or `write`, what a helper is asked for that ends its thread.
 * TIASTREAM_TEST_BLOCKS: a file that gets the number of patches of each block that a lane begins.
 * TIASTREAM_TEST_ONCE: a file that is made when it happens; while it is there nothing happens again.
 */

import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import promises, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { isMainThread, parentPort } from 'node:worker_threads'
import { type Addresses, patchesIn } from '../../src/pipeline/plan/addresses.js'

const [readFault, readNth, fileEnd = ''] = (process.env.TIASTREAM_TEST_READ ?? '').split(':')
const [laneFault, lanePatch, laneSlide] = (process.env.TIASTREAM_TEST_LANE ?? '').split(':')
const once = process.env.TIASTREAM_TEST_ONCE

/** True unless it has happened already. Threads and processes agree by who makes the file. */
function mayHappen(): boolean {
  if (once === undefined) return true
  try {
    writeFileSync(once, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

function watchReads(handle: FileHandle): FileHandle {
  const read = handle.read.bind(handle) as (...args: unknown[]) => Promise<unknown>
  const faulty = async (...args: unknown[]) => {
    if (!stalled && (++reads < Number(readNth) || !mayHappen())) return read(...args)
    if (readFault === 'stall') {
      stalled = true
      return new Promise<never>(() => undefined)
    }
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' })
  }
  handle.read = faulty as unknown as FileHandle['read']
  return handle
}
let reads = 0
let stalled = false

function slowFlush(handle: FileHandle, ms: number): FileHandle {
  const sync = handle.sync.bind(handle)
  handle.sync = async () => {
    if (flushesLeft-- > 0) await new Promise((resolve) => setTimeout(resolve, ms))
    await sync()
  }
  return handle
}

const [heldAfter, heldEnd = '', gate = ''] = (process.env.TIASTREAM_TEST_HOLD ?? '').split(':')
let flushesBefore = Number(heldAfter)

function holdFlush(handle: FileHandle): FileHandle {
  const sync = handle.sync.bind(handle)
  handle.sync = async () => {
    if (flushesBefore-- <= 0) while (!existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 20))
    await sync()
  }
  return handle
}

const [flushTime, flushEnd = '', flushMost] = (process.env.TIASTREAM_TEST_FLUSH ?? '0').split(':')
const flushMs = Number(flushTime)
let flushesLeft = Number(flushMost ?? Number.POSITIVE_INFINITY)

if (readFault || heldAfter || flushMs > 0) {
  const open = promises.open
  promises.open = async (...args: Parameters<typeof open>) => {
    const handle = await open(...args)
    if (flushMs > 0 && String(args[0]).endsWith(flushEnd)) slowFlush(handle, flushMs)
    if (heldAfter && String(args[0]).endsWith(heldEnd)) holdFlush(handle)
    return readFault && String(args[0]).endsWith(fileEnd) ? watchReads(handle) : handle
  }
  syncBuiltinESMExports()
}

interface Block {
  readonly type?: string
  readonly key: string
  readonly patches: Addresses
}

const blocks = process.env.TIASTREAM_TEST_BLOCKS

if ((laneFault || blocks) && parentPort) {
  const port = parentPort
  const on = port.on.bind(port) as (name: string, listener: (message: never) => void) => typeof port
  const isIt = ({ body }: { body?: Block }) =>
    body?.type === 'block' &&
    (laneSlide === undefined || body.key === laneSlide) &&
    patchesIn(body.patches).some(({ index }) => index === Number(lanePatch))
  const happen = () => {
    if (laneFault === 'exit') process.exit(1)
    process.kill(process.pid, laneFault === 'abort' ? 'SIGABRT' : 'SIGSEGV')
    // The signal is on its way; nothing else may happen before it arrives.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }
  port.on = ((name: string, listener: (message: unknown) => void) =>
    on(name, (message: { body?: Block }) => {
      if (name === 'message' && blocks && message.body?.type === 'block') appendFileSync(blocks, `${message.body.patches.count}\n`)
      if (name === 'message' && laneFault && isIt(message) && mayHappen()) happen()
      listener(message)
    })) as typeof port.on
}

const asked = process.env.TIASTREAM_TEST_HELPER

if (asked && parentPort) {
  const port = parentPort
  const on = port.on.bind(port) as (name: string, listener: (message: never) => void) => typeof port
  port.on = ((name: string, listener: (message: unknown) => void) =>
    on(name, (message: { body?: { type?: string } }) => {
      if (name === 'message' && message.body?.type === asked && mayHappen()) process.exit(1)
      listener(message)
    })) as typeof port.on
}

const [signal, signalEvent] = (process.env.TIASTREAM_TEST_SIGNAL ?? '').split(':')

if (signal && isMainThread) {
  const write = process.stderr.write.bind(process.stderr) as (...args: unknown[]) => boolean
  let isSent = false
  const send = () => process.kill(process.pid, signal)
  process.stderr.write = ((...args: unknown[]) => {
    const wasTaken = write(...args)
    if (!isSent && String(args[0]).includes(`"type":"${signalEvent}"`)) {
      isSent = true
      send()
      setTimeout(send, 30).unref()
    }
    return wasTaken
  }) as typeof process.stderr.write
}
