/** Tries a device in a process of its own: a driver that crashes or hangs takes down nothing, and what it prints is not seen. */

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Probe } from './probe.js'

const program = fileURLToPath(new URL('./probe-child.js', import.meta.url))

/** A software driver may compile for seconds; a minute is none that works. */
const patience = 60_000

export function probeApart(device: string): Promise<Probe> {
  return new Promise((resolve) => {
    const child = fork(program, [device], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], timeout: patience, killSignal: 'SIGKILL' })
    let said: Probe | undefined
    child.on('message', (message) => {
      said = message as Probe
    })
    child.on('error', (error) => resolve({ ok: false, why: error.message }))
    child.on('exit', (code, signal) => {
      if (said?.ok === false || (said && code === 0)) resolve(said)
      else if (signal === 'SIGKILL') resolve({ ok: false, why: `it gave no answer within ${patience / 1000} s` })
      else resolve({ ok: false, why: `the process that tried it ended with ${signal ?? `code ${code}`}` })
    })
  })
}
