/**
 * What the control groups of Linux leave to this process: its own, and those above it, whose limits hold for all below (a job of Slurm above its steps, a slice of
 * systemd above its services). As far as they can be seen from here.
 */

import { readFileSync } from 'node:fs'
import path from 'node:path'

/** One kind of limit: by which controller it is set, and how it is read in the folder of a group. Null: this group has none. */
interface Limit {
  readonly controller: 'cpu' | 'memory'
  readonly first: (folder: string) => number | null
  readonly second: (folder: string) => number | null
}

/** The smallest of all of them; null without one. `root`: where the file system begins. */
export function leastOfGroups(root: string, { controller, first, second }: Limit): number | null {
  const groups = linesOf(path.join(root, 'proc/self/cgroup')).map((line) => line.split(':'))
  let least: number | null = null
  for (const { at, from, version } of mountsOf(root, controller)) {
    // 0::/group is version 2; 4:cpu,cpuacct:/group is version 1.
    const own = groups.find(([id, names]) => (version === 2 ? id === '0' && names === '' : names?.split(',').includes(controller)))
    if (!own) continue
    const group = own.slice(2).join(':')
    // A mount may begin further down: then only what is below is here, and of a group that is not, the root of the mount.
    const below = group === from || from === '/' || group.startsWith(`${from}/`) ? group.slice(from === '/' ? 0 : from.length) : ''
    const parts = below.split('/').filter((part) => part !== '' && part !== '..')
    for (let depth = parts.length; depth >= 0; depth--) {
      const folder = path.join(root, at, ...parts.slice(0, depth))
      const limit = version === 2 ? second(folder) : first(folder)
      if (limit !== null) least = Math.min(least ?? limit, limit)
    }
  }
  return least
}

interface Mount {
  /** Where it is mounted, and the group it begins with. */
  readonly at: string
  readonly from: string
  readonly version: 1 | 2
}

/** `36 35 98:0 /from /at rw … - cgroup2 cgroup rw` */
function mountsOf(root: string, controller: string): Mount[] {
  return linesOf(path.join(root, 'proc/self/mountinfo')).flatMap((line): Mount[] => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , from = '/', at = ''] = before.split(' ')
    const [type, , options = ''] = after.split(' ')
    if (type === 'cgroup2') return [{ at, from, version: 2 }]
    return type === 'cgroup' && options.split(',').includes(controller) ? [{ at, from, version: 1 }] : []
  })
}

/** Nothing where there is no such file: another system, another version, no right to look. */
export function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    return []
  }
}
