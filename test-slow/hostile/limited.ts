/** A child process with limits that tries files; after a crash, a hang or too much memory the next file gets a new one. */

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { packageRoot } from '../../src/core/package-root.js'
import { cpuSeconds, rssBytes } from '../crash/process-facts.js'
import type { Answer } from './child.js'

const script = path.join(packageRoot, 'dist/test-slow/hostile/child.js')

/** Processor seconds on one file; by the clock this long, on a machine with much else to do. */
export const longest = { cpuSeconds: 5, seconds: 60 }
/** Resident bytes of the whole process, decoders and Node included. */
export const mostMemory = 768 * 2 ** 20

export interface Tried extends Answer {
  readonly cpuSeconds: number
  readonly peakBytes: number
}

export class Limited {
  #child: ChildProcess | undefined
  #scratch: string | undefined

  /** What a file comes to. `find`: a crash, a hang, too much memory, or an error that is not ours. */
  async try(target: string, file: string): Promise<Tried> {
    this.#scratch ??= await mkdtemp(path.join(tmpdir(), 'tiastream-hostile-'))
    this.#child ??= fork(script, [this.#scratch], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=512'] })
    const child = this.#child
    const pid = child.pid!
    const began = { cpu: cpuSeconds(pid) ?? 0, at: performance.now() }
    let peakBytes = 0
    let limit: string | undefined
    const watch = setInterval(() => {
      const rss = rssBytes(pid) ?? 0
      peakBytes = Math.max(peakBytes, rss)
      const spent = (cpuSeconds(pid) ?? 0) - began.cpu
      if (rss > mostMemory) limit = `${Math.round(rss / 2 ** 20)} MiB of memory`
      else if (spent > longest.cpuSeconds) limit = `no end after ${spent.toFixed(1)} s of work`
      else if (performance.now() - began.at > longest.seconds * 1000) limit = `no end after ${longest.seconds} s`
      if (limit) child.kill('SIGKILL')
    }, 25)
    const answer = await new Promise<Answer>((resolve) => {
      const onExit = (code: number | null, signal: string | null) => resolve({ find: limit ?? `the process ended with ${signal ?? code}` })
      child.once('exit', onExit)
      child.once('message', (message: Answer) => {
        child.off('exit', onExit)
        resolve(message)
      })
      child.send({ target, file })
    })
    clearInterval(watch)
    const spent = (cpuSeconds(pid) ?? began.cpu) - began.cpu
    if (child.exitCode !== null || child.signalCode !== null) this.#child = undefined
    return { ...answer, cpuSeconds: spent, peakBytes }
  }

  async close(): Promise<void> {
    this.#child?.kill('SIGKILL')
    if (this.#scratch) await rm(this.#scratch, { recursive: true, force: true })
  }
}
