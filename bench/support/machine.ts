/** What the numbers were measured on. A load above the number of cores means that others were at work: then only ratios count. */

import os from 'node:os'

export function machineLine(): string {
  const [one, five] = os.loadavg()
  const cores = os.availableParallelism()
  const model = os.cpus()[0]?.model ?? 'unknown processor'
  return `${cores} cores of ${model}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, load ${one!.toFixed(1)} (1 min) ${five!.toFixed(1)} (5 min)`
}
