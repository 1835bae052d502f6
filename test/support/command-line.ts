/** The command line as a user has it: a process, its output, its exit code. */

import { execFile } from 'node:child_process'
import path from 'node:path'
import { packageRoot } from '../../src/core/package-root.js'

const script = path.join(packageRoot, 'dist/src/cli.js')

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `tiastream …` in a folder. Models are looked for in `models` of it as if that were the cache. */
export function tiastream(args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, TIASTREAM_MODELS: path.join(cwd, 'models') }
    const child = execFile(process.execPath, [script, ...args], { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 26 }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })
}
