/**
 * Several files of tests in one thread: what they load is loaded once, and they run one after another. Each stays a file that ava can run alone.
 *
 * ava begins when the first test is declared, and files are imported one by one; so what they declare is noted first, and declared when all of them are there,
 * each title with the name of its file before it.
 */

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

type Declare = ((...args: readonly unknown[]) => void) & { readonly [kind: string]: Declare }

/** `test.serial.skip(title, …)` is noted as `serial`, `skip`, and what it was given. */
interface Noted {
  readonly kinds: readonly string[]
  readonly args: readonly unknown[]
}

interface Loaded {
  readonly name: string
  readonly tests: readonly Noted[]
  readonly env: NodeJS.ProcessEnv
}

type Work = (...args: readonly unknown[]) => unknown

/** Anything else is a hook, and would be one of all files of the thread. */
const known = new Set(['serial', 'skip', 'failing'])

/**
 * Declares the tests of several files. What a file sets in the environment, while it is loaded or in a test, counts for its own tests.
 * @param files the address of each, by what shall stand before its titles.
 * @throws where one of them declares a hook.
 */
export async function together(files: Readonly<Record<string, string>>): Promise<void> {
  // `import test from 'ava'` gives what lies here.
  const { refs } = createRequire(fileURLToPath(import.meta.resolve('ava')))('../lib/worker/state.cjs') as { refs: { runnerChain: Declare } }
  const declare = refs.runnerChain
  let noted: Noted[] = []
  refs.runnerChain = noting([], (one) => noted.push(one))
  const untouched = { ...process.env }
  const all: Loaded[] = []
  for (const [name, address] of Object.entries(files)) {
    await import(address)
    all.push({ name, tests: noted, env: { ...process.env } })
    noted = []
    restore(untouched)
  }
  let current: Loaded | undefined
  for (const file of all)
    for (const { kinds, args } of file.tests) {
      const hook = kinds.find((kind) => !known.has(kind))
      if (hook !== undefined) throw new Error(`${file.name}: declares test.${hook}, so it must run alone`)
      const [title, work, ...others] = args as [string, Work, ...unknown[]]
      // Among many, each has the thread for itself.
      const chain = [...new Set(['serial', ...kinds])].reduce((one, kind) => one[kind]!, declare)
      const own: Work = (...given) => {
        if (current !== file) restore(file.env)
        current = file
        return work(...given)
      }
      chain(`${file.name} › ${title}`, own, ...others)
    }
}

function restore(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
}

function noting(kinds: readonly string[], note: (one: Noted) => void): Declare {
  return new Proxy((...args: readonly unknown[]) => note({ kinds, args }), {
    get: (_, kind) => noting([...kinds, String(kind)], note),
  }) as unknown as Declare
}
