/** Starts a file of ours in a process of its own, by Node. */

import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { threadFlags } from './thread-flags.js'

/** In the environment of such a process. */
const mark = 'TIASTREAM_APART'

/** A program that is one executable (`node --build-sea`) would begin itself again instead of the file. */
const isOneFile = (): boolean => (process.getBuiltinModule?.('node:sea') as { isSea(): boolean } | undefined)?.isSea() === true

/**
 * Killed when `patience`, in milliseconds, is over. Throws where this process is one of these already: some programs with Node inside (packed ones,
 * hardened ones of Electron) do not run the file, but themselves, and so again and again.
 */
export function apart(file: string, args: readonly string[], patience: number, options: ForkOptions): ChildProcess {
  if (process.env[mark] !== undefined)
    throw new Error(`${process.execPath} begins itself where it is told to run a file, as Node does: nothing can be tried by it`)
  const execPath = isOneFile() ? 'node' : process.execPath
  const child = fork(file, args, { ...options, ...threadFlags(), execPath, env: { ...process.env, [mark]: '1' } })
  // Not Node's own `timeout`, which goes on where the process never began.
  const clock = setTimeout(() => child.kill('SIGKILL'), patience)
  child.once('exit', () => clearTimeout(clock))
  child.prependOnceListener('error', (error: NodeJS.ErrnoException) => {
    clearTimeout(clock)
    child.channel?.unref()
    if (error.code === 'ENOENT') error.message = `${execPath} is not found, which is needed beside a program that is one executable`
  })
  return child
}
