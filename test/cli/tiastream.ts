/** The command as a user starts it. */

import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../../src/core/package-root.js'

const run = promisify(execFile)
const cli = path.join(packageRoot, 'dist', 'src', 'cli.js')

/** What the command prints and with which code it ends. */
export async function tiastream(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [cli, ...args])) }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}
