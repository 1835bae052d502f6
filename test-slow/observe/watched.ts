/** Runs `tiastream` as a user does, with an environment that asks for watchers. */

import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '../../src/core/package-root.js'

const NODE_OPTIONS = `--import=${pathToFileURL(path.join(packageRoot, 'dist/test-slow/crash/faults.js')).href}`

/** An environment in which a command has SIGTERM when it tells of the first patches. */
export const stopped: NodeJS.ProcessEnv = { NODE_OPTIONS, TIASTREAM_TEST_SIGNAL: 'SIGTERM:slide.progress' }

/** An environment in which after so many flushes of journals (of each the head, and each band) the next one waits until there is a gate: time to look at what goes on. */
export const heldUntil = (gate: string, flushes: number): NodeJS.ProcessEnv => ({
  NODE_OPTIONS,
  TIASTREAM_TEST_HOLD: `${flushes}:.journal:${gate}`,
})

/** What Prometheus would get; then there is a gate. */
export async function metricsAt(port: string, gate: string): Promise<string> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  } finally {
    await writeFile(gate, '')
  }
}

export interface Watched {
  readonly code: number | null
  readonly stderr: string
}

/** `during` is told what is on standard error so far. */
export async function tiastream(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  during: (said: string) => void = () => undefined,
): Promise<Watched> {
  const child = spawn(process.execPath, [path.join(packageRoot, 'dist/src/cli.js'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece
    during(stderr)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, stderr }
}
