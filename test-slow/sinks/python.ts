/** A Python with the named packages, in a virtual environment of its own below the system's temporary folder; made once a machine. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../../src/core/package-root.js'

const run = promisify(execFile)

/** The scripts lie beside the sources; the tests run from dist/. */
const scripts = path.join(packageRoot, 'test-slow', 'sinks')

/** Path of the interpreter. `bare` packages come without what they ask for. Throws what pip says when a package cannot be had. */
export async function pythonWith(name: string, packages: readonly string[], bare: readonly string[] = []): Promise<string> {
  const folder = path.join(tmpdir(), `tiastream-python-${name}`)
  const python = path.join(folder, 'bin', 'python')
  if (existsSync(python)) return python
  const making = `${folder}.making`
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { recursive: true })
  await run('python3', ['-m', 'venv', making])
  const install = (which: readonly string[]) =>
    run(path.join(making, 'bin', 'python'), ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...which], { maxBuffer: 2 ** 26 })
  await install(packages)
  if (bare.length > 0) await install(['--no-deps', ...bare])
  await rename(making, folder)
  return python
}

/** Runs a script beside this file and parses what it prints as JSON. */
export async function ask(python: string, script: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(python, [path.join(scripts, script), ...args], { maxBuffer: 2 ** 28 })
  return JSON.parse(stdout)
}
