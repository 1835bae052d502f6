/** What the numbers were measured on. A load above the number of cores means that others were at work: then only ratios count. */

import { readFileSync } from 'node:fs'
import os from 'node:os'

export function machineLine(): string {
  const [one, five] = os.loadavg()
  const cores = os.availableParallelism()
  const model = os.cpus()[0]?.model ?? 'unknown processor'
  return `${cores} cores of ${model} (${instructions()}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, load ${one!.toFixed(1)} (1 min) ${five!.toFixed(1)} (5 min)`
}

/** The widest instructions there are: what int8 gains depends on VNNI. */
function instructions(): string {
  const flags = processorFlags()
  if (flags === null) return 'instructions unknown'
  const wide = ['avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'amx_int8'].filter((flag) => flags.has(flag))
  return [...wide, ...(hasVnni() ? [] : ['no VNNI'])].join(', ')
}

/** Whether products of bytes are added in 32 bits; without, int8 models are made of weights of 7 bits, as docs/int8.md advises. */
export function hasVnni(): boolean {
  const flags = processorFlags()
  return flags === null || flags.has('avx512_vnni') || flags.has('avx_vnni')
}

function processorFlags(): ReadonlySet<string> | null {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
    return flags === undefined ? null : new Set(flags.trim().split(/\s+/))
  } catch {
    return null
  }
}
