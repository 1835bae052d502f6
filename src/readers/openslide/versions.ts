/** Which versions of OpenSlide have holes that are known: a crafted slide writes where it likes (CVE-2026-48977, mended in 4.0.1), and CVE-2026-54604. Pure. */

/** The first of Debian 12 that mends them, and those after it; all say 3.4.1 of themselves. */
const mendedByDebian = /^3\.4\.1\+dfsg-6\+deb12u[1-9]\d*$/

/** What is wrong with a version, in words; null when nothing is known. `debian`: the version of Debian's package, where the library is that of the system. */
export function holeIn(version: string, debian: string | null): string | null {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0)
  if (major > 4 || (major === 4 && (minor > 0 || patch >= 1))) return null
  if (version === '3.4.1' && debian !== null && mendedByDebian.test(debian)) return null
  return 'a slide that is made for it can take this process over (CVE-2026-48977): 4.0.1 or later is needed'
}
