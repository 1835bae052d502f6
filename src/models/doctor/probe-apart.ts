/** Tries a device in a process of its own: a driver that crashes or hangs takes down nothing, and what it prints is read here. */

import { fileURLToPath } from 'node:url'
import { kindOf } from '../../core/devices.js'
import { apart } from '../../flow/apart.js'
import type { Probe } from './probe.js'
import { vulkanLack } from './vulkan.js'

const program = fileURLToPath(new URL('./probe-child.js', import.meta.url))

/** A software driver may compile for seconds; a minute is none that works. */
const patience = 60_000
/** Of what a driver prints. */
const longest = 2 ** 16

export function probeApart(device: string): Promise<Probe> {
  return new Promise((resolve) => {
    const child = apart(program, [device], patience, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let said: Probe | undefined
    let printed = ''
    child.stderr!.setEncoding('utf8').on('data', (piece: string) => {
      if (printed.length < longest) printed += piece
    })
    child.on('message', (message) => {
      said = message as Probe
    })
    const failed = (why: string) => resolve({ ok: false, why, cure: '' })
    child.on('error', (error) => failed(error.message))
    child.on('close', (code, signal) => {
      const lack = kindOf(device) === 'webgpu' && process.platform === 'linux' ? vulkanLack(printed, process.env) : null
      if (said?.ok === false) resolve(lack === null ? said : { ok: false, ...lack })
      else if (said && code === 0) resolve(said)
      else if (signal === 'SIGKILL') failed(`it gave no answer within ${patience / 1000} s`)
      else failed(`the process that tried it ended with ${signal ?? `code ${code}`}`)
    })
  })
}
