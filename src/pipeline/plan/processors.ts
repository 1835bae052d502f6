/**
 * How many processors this process may use. Node tells those it may run on (a cpuset, an affinity); a container may besides have a quota of
 * their time, which older Nodes do not see: then more threads than that only wait for each other.
 */

import os from 'node:os'
import path from 'node:path'
import { leastOfGroups, linesOf } from './control-groups.js'

export interface Processors {
  /** As many threads as make sense: at least one. */
  readonly count: number
  /** Processors this process may run on. */
  readonly available: number
  /** Processors' worth of time that the control group gives; null without a quota. */
  readonly quota: number | null
}

/** `root`: where the file system of Linux begins; a test has its own. */
export function processors(root = '/', available = os.availableParallelism()): Processors {
  const quota = leastOfGroups(root, { controller: 'cpu', first, second })
  return { available, quota, count: quota === null ? available : Math.max(1, Math.min(available, Math.ceil(quota))) }
}

/** `4`, or `4 (of 64: a quota of 3.5)`. */
export function processorsText({ count, available, quota }: Processors): string {
  const short = quota !== null && quota < available
  return short ? `${count} (of ${available}: the control group has a quota of ${Number(quota.toFixed(2))})` : `${count}`
}

/** cpu.max: `150000 100000`, microseconds in each period; `max 100000` is no limit. */
function second(folder: string): number | null {
  const [quota, period] = (linesOf(path.join(folder, 'cpu.max'))[0] ?? '').split(' ')
  return share(Number(quota), Number(period))
}

/** cpu.cfs_quota_us and cpu.cfs_period_us; −1 is no limit. */
function first(folder: string): number | null {
  const number = (name: string) => Number(linesOf(path.join(folder, name))[0])
  return share(number('cpu.cfs_quota_us'), number('cpu.cfs_period_us'))
}

const share = (quota: number, period: number): number | null => (quota > 0 && period > 0 ? quota / period : null)
