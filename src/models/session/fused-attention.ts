/**
 * Where attention as one operator pays: a line a device that has a kernel for it, with the oldest library whose kernel was looked at.
 *
 * CUDA: flash attention (halves) and memory-efficient attention (floats) since pull request 27542 of ONNX Runtime; before, the operator fell to the
 * CPU. Not in the table: the CPU and OpenVINO, where it was measured not to pay (bench/NOTES.md); TensorRT, which finds attention itself; WebGPU,
 * whose kernel is named in ONNX Runtime and refuses to run.
 */

import type { Settings } from '../../core/device-settings.js'
import { kindOf } from '../../core/devices.js'
import type { DeviceName } from '../../core/model.js'

type Version = readonly [major: number, minor: number]

const fusedSince: Partial<Record<DeviceName, Version>> = { cuda: [1, 30] }

/** Whether any device of a list may take a graph with the operator. */
export const mayFuse = (devices: readonly string[], { cuda }: Settings = {}): boolean =>
  cuda?.attention !== false && devices.some((device) => kindOf(device) in fusedSince)

/** Whether this device does, with the library that is here. */
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
