/**
 * Several files of tests in one thread: what they load is loaded once, and they run one after another. Each stays a file that ava can run alone.
 *
 * ava begins when the first test is declared, and files are imported one by one; so what they declare is noted first, and declared when all of them are there,
 * each title with the name of its file before it. What a file declares for before its tests runs in the first of them, and what comes after in the last.
 */

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'

type Declare = ((...args: readonly unknown[]) => void) & { readonly [kind: string]: Declare }

/** `test.serial.skip(title, …)` is noted as `serial`, `skip`, and what it was given. */
interface Noted {
  readonly kinds: readonly string[]
  readonly args: readonly unknown[]
}

interface Loaded {
  readonly name: string
  readonly tests: readonly Noted[]
  readonly before: readonly Work[]
  readonly after: readonly Work[]
  readonly env: NodeJS.ProcessEnv
}

type Work = (...args: readonly unknown[]) => unknown

const known = new Set(['serial', 'skip', 'failing'])
/** Any other hook would be one of all files of the thread. */
const hooks = new Set(['before', 'after.always'])

/**
 * Declares the tests of several files. What a file sets in the environment, while it is loaded or in a test, counts for its own tests.
 * @param files the address of each, by what shall stand before its titles.
 * @throws where one of them declares a hook that is not known here.
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
    all.push(loaded(name, noted))
    noted = []
    restore(untouched)
  }
  let current: Loaded | undefined
  for (const file of all) {
    const [first, last] = bounds(file)
    for (const one of file.tests) {
      const { kinds, args } = one
      const [title, work, ...others] = args as [string, Work, ...unknown[]]
      // Among many, each has the thread for itself.
      const chain = [...new Set(['serial', ...kinds])].reduce((chained, kind) => chained[kind]!, declare)
      const own: Work = async (...given) => {
        if (current !== file) restore(file.env)
        current = file
        last(one, given)
        await first(given)
        return work(...given)
      }
      chain(`${file.name} › ${title}`, own, ...others)
    }
  }
}

function loaded(name: string, noted: readonly Noted[]): Loaded {
  const isTest = ({ kinds }: Noted) => kinds.every((kind) => known.has(kind))
  const other = noted.find((one) => !isTest(one) && !hooks.has(one.kinds.join('.')))
  if (other) throw new Error(`${name}: declares test.${other.kinds.join('.')}, so it must run alone`)
  const hooked = (hook: string) => noted.filter(({ kinds }) => kinds.join('.') === hook).map(({ args }) => args.at(-1) as Work)
  return { name, tests: noted.filter(isTest), before: hooked('before'), after: hooked('after.always'), env: { ...process.env } }
}

/** What runs before the first test of a file that is not skipped, once; and what is done last when the last one has ended. */
function bounds({
  tests,
  before,
  after,
}: Loaded): readonly [(given: readonly unknown[]) => Promise<unknown>, (test: Noted, given: readonly unknown[]) => void] {
  const asked = tests.filter(({ kinds }) => !kinds.includes('skip'))
  let begun: Promise<unknown> | undefined
  return [
    (given) => (begun ??= before.reduce((one, hook) => one.then(() => hook(...given)), Promise.resolve() as Promise<unknown>)),
    (test, [t]) => {
      if (test !== asked.at(-1)) return
      // What a test leaves to the end is done the last first: this after all that it leaves itself.
      for (const hook of after.toReversed()) (t as ExecutionContext).teardown(() => hook(t) as Promise<void>)
    },
  ]
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
