/** A disk of a few megabytes, to be filled up: a tmpfs, where this process may mount one. */

import { execFileSync } from 'node:child_process'
import { mkdir, open, statfs } from 'node:fs/promises'
import path from 'node:path'
import type { ExecutionContext } from 'ava'

/** Whether there can be one here; else a test says that it is skipped. */
export const mayMount: boolean = process.platform === 'linux' && process.getuid?.() === 0 && canMount()

export const mountNeeded = 'SKIPPED (needs the right to mount a tmpfs)'

function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A disk of its own of so many KiB, unmounted after the test. */
export async function smallDisk(t: ExecutionContext, folder: string, kib: number): Promise<string> {
  const disk = path.join(folder, 'disk')
  await mkdir(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', disk])
  t.teardown(() => execFileSync('umount', ['-l', disk]))
  return disk
}

/** Fills a disk but for so many KiB, with the file that it answers. */
export async function fill(disk: string, leave: number): Promise<string> {
  const file = path.join(disk, 'ballast')
  const { bavail, bsize } = await statfs(disk)
  const handle = await open(file, 'w')
  await handle.writeFile(Buffer.alloc(Math.max(0, bavail * bsize - leave * 1024)))
  await handle.close()
  return file
}
