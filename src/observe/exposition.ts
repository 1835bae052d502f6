/** The numbers as text that Prometheus reads (its exposition format 0.0.4). */

import { type InstrumentName, instruments, prometheusName } from './instruments.js'
import { boundsOf, type Labels, type Meters } from './meters.js'

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

export function expositionOf(meters: Meters): string {
  const lines: string[] = []
  for (const [name, instrument] of Object.entries(instruments)) {
    const all = meters.series(name as InstrumentName)
    if (all.length === 0) continue
    const called = prometheusName(instrument)
    lines.push(
      `# HELP ${called} ${instrument.about.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${called} ${instrument.kind}`,
    )
    for (const { labels, value, buckets } of all) {
      if (!buckets) {
        lines.push(`${called}${labelsText(labels)} ${value}`)
        continue
      }
      let count = 0
      for (const [i, bound] of [...boundsOf(instrument), '+Inf'].entries()) {
        count += buckets[i]!
        lines.push(`${called}_bucket${labelsText({ ...labels, le: String(bound) })} ${count}`)
      }
      lines.push(`${called}_sum${labelsText(labels)} ${value}`, `${called}_count${labelsText(labels)} ${count}`)
    }
  }
  return `${[...lines, ...processLines()].join('\n')}\n`
}

const labelsText = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (letter: string) => (letter === '\n' ? '\\n' : `\\${letter}`)

/** Names that every client of Prometheus has. */
function processLines(): string[] {
  const { user, system } = process.cpuUsage()
  const began = Date.now() / 1000 - process.uptime()
  return [
    ...['# HELP process_cpu_seconds_total processor time of all threads', '# TYPE process_cpu_seconds_total counter'],
    `process_cpu_seconds_total ${(user + system) / 1e6}`,
    ...['# HELP process_resident_memory_bytes memory that is really in use', '# TYPE process_resident_memory_bytes gauge'],
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    ...['# HELP process_start_time_seconds when the process began: seconds since 1970', '# TYPE process_start_time_seconds gauge'],
    `process_start_time_seconds ${began.toFixed(3)}`,
  ]
}
