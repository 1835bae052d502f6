/** Whether a command is to outlive its terminal. */

import { readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'

/**
 * `nohup tiastream run … &`: nohup lets SIGHUP be ignored, and Node takes that back when it starts. What nohup leaves besides is how we know: its
 * name as that of the command, a standard input that cannot be read, or a parent (the shell of a script) that ignores the signal.
 * `root`: where the file system begins; a test has its own.
 */
export function outlivesTerminal(env: NodeJS.ProcessEnv = process.env, parent = process.ppid, root = '/'): boolean {
  return path.basename(env._ ?? '') === 'nohup' || unreadableInput(root) || ignoresHangup(parent, root)
}

/** nohup puts /dev/null in the place of a terminal, for writing alone. */
function unreadableInput(root: string): boolean {
  const [, flags = '0'] = /^flags:\s*([0-7]+)/m.exec(textOf(path.join(root, 'proc/self/fdinfo/0'))) ?? []
  return (Number.parseInt(flags, 8) & 3) === 1 && linkOf(path.join(root, 'proc/self/fd/0')) === '/dev/null'
}

/** Of the mask in hexadecimal the last bit is the first signal, SIGHUP. */
function ignoresHangup(pid: number, root: string): boolean {
  const [, mask = '0'] = /^SigIgn:\s*([0-9a-f]+)/m.exec(textOf(path.join(root, `proc/${pid}/status`))) ?? []
  return (Number.parseInt(mask.slice(-1), 16) & 1) === 1
}

const orEmpty = (read: () => string): string => {
  try {
    return read()
  } catch {
    // Another system.
    return ''
  }
}
const textOf = (file: string): string => orEmpty(() => readFileSync(file, 'utf8'))
const linkOf = (file: string): string => orEmpty(() => readlinkSync(file))
