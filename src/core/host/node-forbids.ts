/** What Node was started not to do, by hardened options: no fault of a package, of a file or of ours. */

import { PipelineError } from '../errors.js'

const options: Readonly<Record<string, string>> = {
  ERR_DLOPEN_DISABLED: '--no-addons, or --permission without --allow-addons',
  ERR_ACCESS_DENIED: '--permission',
}

/** The error that says so; undefined where something else went wrong. */
export function nodeForbids(cause: unknown): PipelineError | undefined {
  const { code = '', message = '' } = (cause ?? {}) as NodeJS.ErrnoException
  const option = cause instanceof EvalError ? '--disallow-code-generation-from-strings' : options[code]
  if (option === undefined) return undefined
  return new PipelineError('NODE_FORBIDS', `Node was started so that it refuses what this needs: ${message}`, {
    hint: `take ${option} out of its options (NODE_OPTIONS)`,
    cause,
  })
}

/** The same of native modules, found by trying, whatever is installed. */
export function refusedByNode(): PipelineError | undefined {
  try {
    process.dlopen({ exports: {} }, '/is/not/there.node')
  } catch (error) {
    return nodeForbids(error)
  }
}
