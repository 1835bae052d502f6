/** Fuzzes a target in a process of its own, and watches it: a crash, a hang, too much memory or an error that is not ours is a find. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { packageRoot } from '../../src/core/package-root.js'
import { cpuSeconds, rssBytes } from '../crash/process-facts.js'
import type { Message, Progress } from './child.js'

const child = path.join(packageRoot, 'dist/test-slow/fuzz/child.js')

/** Processor seconds on one input, or this long by the clock (on a machine with much else to do), is a hang. */
export const longestInput = { cpuSeconds: 5, seconds: 120 }

/** Of the whole process: Node, the decoders, and what the coverage of V8 costs. */
export const mostMemory = 1024 * 2 ** 20

export interface Fuzzed extends Progress {
  readonly find?: { readonly why: string; readonly input: string; readonly bytes: string }
  readonly peakBytes: number
}

export async function fuzz(target: string, seconds: number, seed: number, finds: string): Promise<Fuzzed> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'tiastream-fuzz-'))
  const process_ = fork(child, [target, String(seconds), String(seed), scratch], { silent: true, execArgv: ['--max-old-space-size=512'] })
  let said = ''
  for (const stream of [process_.stdout!, process_.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000)
    })
  }
  let progress: Progress = { runs: 0, coverage: 0, kept: 0, outcomes: {} }
  let why: string | undefined
  let heard = { at: performance.now(), cpu: cpuSeconds(process_.pid!) ?? 0, runs: -1 }
  let peakBytes = 0
  process_.on('message', (message: Message) => {
    if (message.type === 'find') why = message.error
    else progress = message.progress
    heard = { at: performance.now(), cpu: cpuSeconds(process_.pid!) ?? heard.cpu, runs: progress.runs }
  })
  const stop = (reason: string) => {
    why ??= reason
    process_.kill('SIGKILL')
  }
  const watch = setInterval(() => {
    const rss = rssBytes(process_.pid!) ?? 0
    peakBytes = Math.max(peakBytes, rss)
    if (rss > mostMemory) stop(`${Math.round(rss / 2 ** 20)} MiB of memory, more than ${mostMemory / 2 ** 20}`)
    // Starting takes some seconds, too: it loads every decoder.
    const spent = (cpuSeconds(process_.pid!) ?? 0) - heard.cpu
    const waited = (performance.now() - heard.at) / 1000
    const grace = heard.runs < 0 ? 3 : 1
    if (spent > longestInput.cpuSeconds * grace || waited > longestInput.seconds) stop(`no end after ${spent.toFixed(1)} s of work`)
  }, 100)
  const [code, signal] = (await once(process_, 'close')) as [number | null, NodeJS.Signals | null]
  clearInterval(watch)
  if (why === undefined && (code !== 0 || signal !== null)) why = `the process ended with ${signal ?? code}: ${said}`
  const current = path.join(scratch, 'current')
  let find: Fuzzed['find']
  if (why !== undefined) {
    await mkdir(finds, { recursive: true })
    const input = path.join(finds, `${target}-${seed}`)
    const bytes = await readFile(current).catch(() => Buffer.alloc(0))
    await copyFile(current, input).catch(() => undefined)
    find = { why, input, bytes: bytes.length > 4096 ? `${bytes.length} bytes` : bytes.toString('base64') }
  }
  await rm(scratch, { recursive: true, force: true })
  return { ...progress, peakBytes, ...(find ? { find } : {}) }
}
