/** HDF5's doorway. Loaded when first used: it compiles some megabytes of WebAssembly. */

export async function loadHdf5(): Promise<typeof import('h5wasm/node')> {
  const hdf5 = await import('h5wasm/node')
  // Otherwise it prints what goes wrong and goes on.
  const { activate_throwing_error_handler: throwErrors } = await hdf5.ready
  throwErrors()
  return hdf5
}

/** HDF5 tells errors as a trace of many lines: the words of the machine in it, else those of its first line; undefined of other errors. */
export function hdf5Words(error: unknown): string | undefined {
  const trace = error instanceof Error ? error.message : ''
  if (!trace.startsWith('HDF5-DIAG')) return undefined
  return /error message = '([^']*)'/.exec(trace)?.[1] ?? /#000: .*: (.*)/.exec(trace)?.[1] ?? 'HDF5 failed'
}
