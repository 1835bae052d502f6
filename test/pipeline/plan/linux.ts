/** Control groups as Linux tells of them, for those who ask what they leave. */

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { folderOf } from '../../sources/support.js'

export const second = '0::/kube/pod/app\n'
export const mountSecond = '30 23 0:26 / /sys/fs/cgroup ro,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n'
export const first = '4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n0::/\n'
export const mountFirst = '33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n'

/** What /proc and /sys say, as Linux writes it. */
export async function linux(
  t: ExecutionContext,
  cgroup: string,
  mountinfo: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const root = await folderOf(t, { 'proc/self/cgroup': cgroup, 'proc/self/mountinfo': mountinfo })
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, 'sys/fs/cgroup', name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  return root
}
