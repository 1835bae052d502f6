/** The command in the project's own folder, with the names that a shell has for what it prints. */

import { tiastream as inFolder } from '../support/command-line.js'

/** What the command prints and with which code it ends. */
export async function tiastream(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, out, err } = await inFolder(args)
  return { code, stdout: out, stderr: err }
}
