/**
 * What a module of the user exports. It is loaded in a thread of its own, which then ends: what it does while it loads stays there, and a run
 * in this process loads it as it is then, not as it was when it was checked.
 */

import { pathToFileURL } from 'node:url'
import { mayStartThreads } from '../../../core/host/may-start-threads.js'
import { threadFlags } from '../../../flow/thread-flags.js'

export interface ModuleExports {
  readonly names: readonly string[]
  /** Those that can be called. */
  readonly functions: readonly string[]
}

/** Milliseconds that a module may take to load. */
export const longestLoad = 20_000

const code = `
const { parentPort, workerData } = require('node:worker_threads')
import(workerData).then(
  (loaded) => {
    const names = Object.keys(loaded)
    parentPort.postMessage({ names, functions: names.filter((name) => typeof loaded[name] === 'function') })
  },
  (error) => parentPort.postMessage({ error: error instanceof Error ? error.message : String(error), code: error?.code }),
)
`

type Said = ModuleExports | { readonly error: string; readonly code?: unknown }

/** Why it does not load; `late` when it has not after that long; null where it cannot be told here. */
export async function exportsOf(file: string, longest = longestLoad): Promise<ModuleExports | { readonly error: string } | 'late' | null> {
  mayStartThreads()
  // Only pipelines with code of the user need a thread.
  const { Worker } = await import('node:worker_threads')
  // What it prints is not what the command prints.
  const worker = new Worker(code, {
    ...threadFlags(),
    eval: true,
    workerData: pathToFileURL(file).href,
    stdout: true,
    stderr: true,
    stdin: false,
  })
  let timer: NodeJS.Timeout | undefined
  try {
    const said = await new Promise<Said | 'late'>((resolve) => {
      let thrown: string | undefined
      worker.once('message', resolve)
      // It may have loaded, and thrown afterwards: its answer and its error come by two doors, in any order, and both before its end.
      worker.once('error', (error) => {
        thrown = error.message
      })
      worker.once('exit', () => resolve({ error: thrown ?? 'it ends the program' }))
      timer = setTimeout(resolve, longest, 'late')
    })
    if (said === 'late') return said
    if (!('error' in said)) return said
    // It wants what only the main thread has.
    return said.code === 'ERR_WORKER_UNSUPPORTED_OPERATION' ? null : { error: `${said.error}${remedyOf(said)}` }
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}

/** Node runs TypeScript since 22.18, where its types can be taken out, and not below node_modules. */
function remedyOf({ code, error }: { readonly code?: unknown; readonly error: string }): string {
  const compile = 'compile it to JavaScript (tsc, esbuild), and name that file'
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /"\.[mc]?ts"/.test(error))
    return `: Node ${process.versions.node} does not run TypeScript: ${compile}, or take Node 22.18 or later`
  return /^ERR_UNSUPPORTED_(TYPESCRIPT_SYNTAX|NODE_MODULES_TYPE_STRIPPING)$/.test(String(code)) ? `: ${compile}` : ''
}
