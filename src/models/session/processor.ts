/** What the processor of this machine can, where the system says so. */

import { readFileSync } from 'node:fs'

/** The instruction sets of an x86 processor as Linux names them; null elsewhere. */
export function processorFlags(): ReadonlySet<string> | null {
  if (process.arch !== 'x64') return null
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
    return flags === undefined ? null : new Set(flags.trim().split(/\s+/))
  } catch {
    return null
  }
}

/** Whether there are matrix units (AMX) for these numbers: where floats of 16 bits, and bytes, are worth it; null: unknown. */
export function hasAmx(numbers: 'bf16' | 'int8'): boolean | null {
  const flags = processorFlags()
  if (flags === null) return null
  return flags.has('amx_tile') && flags.has(numbers === 'bf16' ? 'amx_bf16' : 'amx_int8')
}

/** Whether products of bytes are added in 32 bits, which makes int8 fast whatever the weights are (wide-bytes.ts); null: unknown. */
export function hasVnni(): boolean | null {
  const flags = processorFlags()
  return flags && (flags.has('avx512_vnni') || flags.has('avx_vnni'))
}
