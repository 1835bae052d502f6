/** Libraries of the system, called through koffi: koffi's part that all floors share. It is optional, and loaded by who calls something. */

export type Koffi = typeof import('koffi')['default']

/** The package, or undefined where it is not installed. */
export async function loadKoffi(): Promise<Koffi | undefined> {
  return import('koffi').then(
    (module) => module.default,
    () => undefined,
  )
}

/** RTLD_LAZY with RTLD_NODELETE. */
const flags: Readonly<Record<string, number>> = { linux: 0x1001, darwin: 0x81 }

/**
 * Keeps a library in the process. koffi takes it out when the thread that loaded it ends, before the system calls what it has left to be
 * called at the end of that thread: the process would die of it.
 */
export function keepLoaded(koffi: Koffi, place: string): void {
  const how = flags[process.platform]
  if (how !== undefined) koffi.load(null).func('void *dlopen(const char *file, int flags)')(place, how)
}
