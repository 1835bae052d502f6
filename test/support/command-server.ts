/** Runs one command line after another for `command-line.ts`, in this process: loading the program once is most of what a command costs. */

import { main } from '../../src/cli/program.js'

export interface Asked {
  readonly args: readonly string[]
  readonly cwd: string
  /** All of it: this process serves test files that set what others do not. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

let printed = { out: '', err: '' }
const keep = (name: 'out' | 'err') =>
  ((text: string | Uint8Array, ...rest: unknown[]) => {
    printed[name] += typeof text === 'string' ? text : Buffer.from(text).toString()
    const done = rest.find((one) => typeof one === 'function') as (() => void) | undefined
    if (done) process.nextTick(done)
    return true
  }) as typeof process.stdout.write
process.stdout.write = keep('out')
process.stderr.write = keep('err')

async function answer({ args, cwd, env }: Asked): Promise<Ended> {
  printed = { out: '', err: '' }
  process.exitCode = undefined
  process.chdir(cwd)
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env, { TIASTREAM_MODELS: `${cwd}/models` })
  const code = await main(args)
  return { code, ...printed }
}

let last: Promise<unknown> = Promise.resolve()
process.on('message', (asked: Asked) => {
  last = last.then(async () => process.send!(await answer(asked)))
})
process.on('disconnect', () => process.exit())
