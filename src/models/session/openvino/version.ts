/** Which OpenVINO a library is, from the name of its file and from what it says of itself. */

import type { Koffi } from '../../../core/host/native.js'

/** Types of elements have other numbers before: `UNDEFINED` was one of them, in the C library of 2025.0, too. */
export const oldest = [2025, 1] as const

/** `libopenvino_c.so.2641` is 2026.4.1, as are those beside it; null where the name has no number. */
export function versionInName(file: string): string | null {
  const digits = /openvino\w*\.(?:so\.)?(\d{2})(\d)(\d)(?:\.dylib)?$/.exec(file)
  return digits && `20${digits[1]}.${digits[2]}.${digits[3]}`
}

/** What it says: `2026.4.1-22147-…`, of which the numbers are kept. */
export function versionOf(koffi: Koffi, library: ReturnType<Koffi['load']>): string {
  const Version = koffi.struct({ build: 'str', about: 'str' })
  const ask = library.func('ov_get_openvino_version', 'int', [koffi.out(koffi.pointer(Version))])
  const said: { build?: string } = {}
  if ((ask(said) as number) !== 0 || said.build === undefined) throw new Error('it does not say its version')
  return /^\d+\.\d+(?:\.\d+)?/.exec(said.build)?.[0] ?? said.build
}

/** Throws an Error about one that is too old. */
export function mustBeKnown(version: string, file: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return
  throw new Error(`${file} is OpenVINO ${version}, which is too old: ${oldest.join('.')} or later is needed`)
}
