/** Fuzzes targets in a process of their own, and watches it: a crash, a hang, too much memory or an error that is not ours is a find. */

import { type ChildProcess, fork } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { packageRoot } from '../../src/core/package-root.js'
import { cpuSeconds, rssBytes } from '../crash/process-facts.js'
import type { Asked, Message, Progress } from './child.js'

const script = path.join(packageRoot, 'dist/test-slow/fuzz/child.js')

/** Processor seconds on one input, or this long by the clock (on a machine with much else to do), is a hang. */
export const longestInput = { cpuSeconds: 5, seconds: 120 }

/** Of the whole process: Node, the decoders, and what the coverage of V8 costs. */
export const mostMemory = 1024 * 2 ** 20

export interface Fuzzed extends Progress {
  readonly find?: { readonly why: string; readonly input: string; readonly bytes: string }
  readonly peakBytes: number
}

/** A process that fuzzes one target after another; after a find the next target gets a new one. */
export class Fuzzer {
  #child: ChildProcess | undefined

  async fuzz(target: string, seconds: number, seed: number, finds: string): Promise<Fuzzed> {
    const scratch = await mkdtemp(path.join(tmpdir(), 'tiastream-fuzz-'))
    const isNew = this.#child === undefined
    this.#child ??= fork(script, { silent: true, execArgv: ['--max-old-space-size=512'] })
    const child = this.#child
    let said = ''
    const hear = (text: Buffer) => {
      said = (said + text).slice(-4000)
    }
    const streams = [child.stdout!, child.stderr!]
    for (const stream of streams) stream.on('data', hear)
    let progress: Progress = { runs: 0, coverage: 0, kept: 0, outcomes: {} }
    let why: string | undefined
    let heard = { at: performance.now(), cpu: cpuSeconds(child.pid!) ?? 0, runs: isNew ? -1 : 0 }
    let peakBytes = 0
    const stop = (reason: string) => {
      why ??= reason
      child.kill('SIGKILL')
    }
    const watch = setInterval(() => {
      const rss = rssBytes(child.pid!) ?? 0
      peakBytes = Math.max(peakBytes, rss)
      if (rss > mostMemory) stop(`${Math.round(rss / 2 ** 20)} MiB of memory, more than ${mostMemory / 2 ** 20}`)
      // Starting takes some seconds, too: it loads every decoder.
      const spent = (cpuSeconds(child.pid!) ?? 0) - heard.cpu
      const waited = (performance.now() - heard.at) / 1000
      const grace = heard.runs < 0 ? 3 : 1
      if (spent > longestInput.cpuSeconds * grace || waited > longestInput.seconds) stop(`no end after ${spent.toFixed(1)} s of work`)
    }, 100)
    await new Promise<void>((resolve) => {
      const onClose = (code: number | null, signal: NodeJS.Signals | null) => {
        why ??= `the process ended with ${signal ?? code}: ${said}`
        this.#child = undefined
        resolve()
      }
      const onMessage = (message: Message) => {
        if (message.type === 'find') why = message.error
        else progress = message.progress
        heard = { at: performance.now(), cpu: cpuSeconds(child.pid!) ?? heard.cpu, runs: progress.runs }
        if (message.type !== 'done') return
        child.off('close', onClose).off('message', onMessage)
        resolve()
      }
      child.on('close', onClose).on('message', onMessage)
      child.send({ target, seconds, seed, scratch } satisfies Asked)
    })
    clearInterval(watch)
    for (const stream of streams) stream.off('data', hear)
    const find = why === undefined ? undefined : await keep(why, path.join(scratch, 'current'), path.join(finds, `${target}-${seed}`))
    await rm(scratch, { recursive: true, force: true })
    return { ...progress, peakBytes, ...(find ? { find } : {}) }
  }

  close(): void {
    this.#child?.kill('SIGKILL')
  }
}

async function keep(why: string, current: string, input: string): Promise<Fuzzed['find']> {
  await mkdir(path.dirname(input), { recursive: true })
  const bytes = await readFile(current).catch(() => Buffer.alloc(0))
  await copyFile(current, input).catch(() => undefined)
  return { why, input, bytes: bytes.length > 4096 ? `${bytes.length} bytes` : bytes.toString('base64') }
}
