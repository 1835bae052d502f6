/** The most memory this process held. */

import { readFileSync } from 'node:fs'

/** Bytes. Linux hands what `getrusage` says down from the parent that started us; what it writes down of our own memory begins at 0. */
export function peakMemory(): number {
  return ownPeak() ?? process.resourceUsage().maxRSS * 1024
}

function ownPeak(): number | undefined {
  try {
    const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
  } catch {
    return undefined
  }
}
