/** How much memory this process may use: that of the machine, or what a container, a job of a cluster or a service of systemd leaves of it. */

import os from 'node:os'
import path from 'node:path'
import { leastOfGroups, linesOf } from './control-groups.js'

/** Bytes. Node knows the limit of this process's own control group alone, and not those above it. `root`: where the file system of Linux begins; a test has its own. */
export function machineMemory(root = '/', total = os.totalmem(), constrained = process.constrainedMemory()): number {
  const limits = [constrained, leastOfGroups(root, { controller: 'memory', first, second }) ?? 0]
  return Math.min(total, ...limits.filter((limit) => limit > 0))
}

/** What a run may take of it unless `runtime.memory` says otherwise. */
export const usualMemory = (): number => Math.floor(machineMemory() * 0.75)

/** memory.max, where the system kills, and memory.high, where it slows down; `max` is no limit. */
function second(folder: string): number | null {
  const limits = ['memory.max', 'memory.high'].map((name) => bytesIn(path.join(folder, name))).filter((limit) => limit !== null)
  return limits.length === 0 ? null : Math.min(...limits)
}

/** memory.limit_in_bytes; without one a number that no machine has. */
const first = (folder: string): number | null => bytesIn(path.join(folder, 'memory.limit_in_bytes'))

function bytesIn(file: string): number | null {
  const bytes = Number(linesOf(file)[0])
  return bytes > 0 ? bytes : null
}
