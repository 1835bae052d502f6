/** HDF5's doorway. Loaded when first used: it compiles some megabytes of WebAssembly. */

import fs from 'node:fs'

export async function loadHdf5(): Promise<typeof import('h5wasm/node')> {
  const hdf5 = await import('h5wasm/node')
  // Otherwise it prints what goes wrong and goes on.
  const { activate_throwing_error_handler: throwErrors } = await hdf5.ready
  throwErrors()
  return hdf5
}

/**
 * Runs a piece of work of HDF5, and throws what the system has said to it, if anything. HDF5 itself may say nothing of it; and an error whose name it
 * does not know it takes for a success in which nothing was written, and writes again, without end: Node has no name for a quota that is used up.
 */
export function heard<T>(work: () => T): T {
  const { ftruncateSync, readSync, writeSync } = fs
  let said: unknown
  const listening = <F>(call: F): F =>
    ((...given: unknown[]) => {
      try {
        return (call as (...all: unknown[]) => unknown)(...given)
      } catch (error) {
        said ??= error
        throw Object.assign(new Error('told above'), { code: 'EIO' })
      }
    }) as F
  Object.assign(fs, { ftruncateSync: listening(ftruncateSync), readSync: listening(readSync), writeSync: listening(writeSync) })
  try {
    return work()
  } catch (error) {
    throw said ?? error
  } finally {
    Object.assign(fs, { ftruncateSync, readSync, writeSync })
  }
}

/** HDF5 tells errors as a trace of many lines: the words of the machine in it, else those of its first line; undefined of other errors. */
export function hdf5Words(error: unknown): string | undefined {
  const trace = error instanceof Error ? error.message : ''
  if (!trace.startsWith('HDF5-DIAG')) return undefined
  return /error message = '([^']*)'/.exec(trace)?.[1] ?? /#000: .*: (.*)/.exec(trace)?.[1] ?? 'HDF5 failed'
}
