/** Libraries of the system, called through koffi: koffi's part that all floors share. It is optional, and loaded by who calls something. */

export type Koffi = typeof import('koffi')['default']

/** The package, or undefined where it is not installed. */
export async function loadKoffi(): Promise<Koffi | undefined> {
  return import('koffi').then(
    (module) => notFromHere(module.default),
    () => undefined,
  )
}

/** Windows looks for a library also where one stands: among somebody's slides `turbojpeg.dll` may be anybody's. */
function notFromHere(koffi: Koffi): Koffi {
  if (process.platform !== 'win32') return koffi
  try {
    koffi.load('kernel32.dll').func('bool SetDllDirectoryW(const char16_t *folder)')('')
  } catch {
    // Then all is as the system has it.
  }
  return koffi
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
