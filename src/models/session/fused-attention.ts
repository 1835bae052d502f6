/** Whether a device is given attention as one operator: it has a kernel for it, with the library that is here. */

import { fusedSince, type Version } from '../../core/fused-attention.js'
import type { DeviceName } from '../../core/model.js'

export async function fuses(device: DeviceName): Promise<boolean> {
  const since = fusedSince[device]
  if (since === undefined) return false
  const { ortLibrary } = await import('./capi/library.js')
  // What is wrong with the library is said by the session that asks for it.
  const library = await ortLibrary().catch(() => null)
  return library !== null && isSince(library.version, since)
}

/** Exported for tests. */
export function isSince(version: string, [major, minor]: Version): boolean {
  const [own = 0, ownMinor = 0] = version.split('.').map(Number)
  return own > major || (own === major && ownMinor >= minor)
}
