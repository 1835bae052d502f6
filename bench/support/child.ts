/** A Node process of our own that prints one line of JSON at its end. */

import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../../src/core/package-root.js'

const run = promisify(execFile)

export async function childResult<T>(script: string, args: readonly string[]): Promise<T> {
  const { stdout } = await run(process.execPath, [path.join(packageRoot, 'dist/bench/support', script), ...args], {
    maxBuffer: 64 * 2 ** 20,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T
}
