/** What the numbers were measured on. A load above the number of cores means that others were at work: then only ratios count. */

import os from 'node:os'
import { hasVnni, processorFlags } from '../../src/models/session/processor.js'

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
