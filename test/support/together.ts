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

/** Anything else is a hook, and would be one of all files of the thread. */
const known = new Set(['serial', 'skip', 'failing'])

/**
 * Declares the tests of several files.
 * @param files the address of each, by what shall stand before its titles.
 * @throws where one of them does what would reach the others: declares a hook, or sets variables of the environment while it is loaded.
 */
export async function together(files: Readonly<Record<string, string>>): Promise<void> {
  // `import test from 'ava'` gives what lies here.
  const { refs } = createRequire(fileURLToPath(import.meta.resolve('ava')))('../lib/worker/state.cjs') as { refs: { runnerChain: Declare } }
  const declare = refs.runnerChain
  let noted: Noted[] = []
  refs.runnerChain = noting([], (one) => noted.push(one))
  const all: [name: string, tests: readonly Noted[]][] = []
  for (const [name, address] of Object.entries(files)) {
    const before = JSON.stringify(process.env)
    await import(address)
    if (JSON.stringify(process.env) !== before)
      throw new Error(`${name}: sets variables of the environment while it is loaded, so it must run alone`)
    all.push([name, noted])
    noted = []
  }
  for (const [name, tests] of all)
    for (const { kinds, args } of tests) {
      const hook = kinds.find((kind) => !known.has(kind))
      if (hook !== undefined) throw new Error(`${name}: declares test.${hook}, so it must run alone`)
      const [title, ...others] = args
      // Among many, each has the thread for itself.
      const chain = [...new Set(['serial', ...kinds])].reduce((one, kind) => one[kind]!, declare)
      chain(`${name} › ${title}`, ...others)
    }
}

function noting(kinds: readonly string[], note: (one: Noted) => void): Declare {
  return new Proxy((...args: readonly unknown[]) => note({ kinds, args }), {
    get: (_, kind) => noting([...kinds, String(kind)], note),
  }) as unknown as Declare
}
