/**
 * The command line as a user has it: its output, its exit code. `tiastream` asks one process again and again, which loads the program once;
 * `tiastreamProcess` starts one of its own, where the process itself is what the test looks at.
 */

import { type ChildProcess, execFile, fork } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../src/core/package-root.js'
import type { Asked, Ended } from './command-server.js'

const script = path.join(packageRoot, 'dist/src/cli.js')
const server = fileURLToPath(new URL('command-server.js', import.meta.url))

let child: ChildProcess | undefined
let asking: Promise<unknown> = Promise.resolve()

/** Runs `tiastream …` in a folder. Models are looked for in `models` of it as if that were the cache. */
export function tiastream(args: readonly string[], cwd: string = packageRoot): Promise<Ended> {
  const ended = asking.then(() => ask(args, cwd))
  asking = ended.catch(() => undefined)
  return ended
}

function ask(args: readonly string[], cwd: string): Promise<Ended> {
  child ??= fork(server, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const one = child
  return new Promise((resolve, reject) => {
    const settle = () => {
      one.off('message', answered)
      one.off('exit', died)
      // A test file ends although the process waits for more.
      one.unref()
      one.channel?.unref()
    }
    const answered = (ended: unknown) => {
      settle()
      resolve(ended as Ended)
    }
    const died = (code: number | null, signal: string | null) => {
      settle()
      child = undefined
      reject(new Error(`tiastream ${args.join(' ')}: the process ended with ${code ?? signal}`))
    }
    one.ref()
    one.channel?.ref()
    one.once('message', answered)
    one.once('exit', died)
    const asked: Asked = { args, cwd, env: { ...process.env } }
    one.send(asked)
  })
}

/** For Node. Root may do everything: as root the command runs as nobody. Threads that it starts inherit that. */
const become = "import { isMainThread } from 'node:worker_threads'; if (isMainThread) { process.setegid(65534); process.seteuid(65534) }"
export const asNobody = process.getuid?.() === 0 ? ['--import', `data:text/javascript,${encodeURIComponent(become)}`] : []

/** The same in a process of its own. */
export function tiastreamProcess(args: readonly string[], cwd: string = packageRoot, node: readonly string[] = []): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, TIASTREAM_MODELS: path.join(cwd, 'models') }
    const options = { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 26 } as const
    const one = execFile(process.execPath, [...node, script, ...args], options, (_, out, err) =>
      resolve({ code: one.exitCode ?? -1, out, err }),
    )
  })
}
