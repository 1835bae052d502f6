/** The tables of `docs/operations.md`. */

import { alarms } from './alarms.js'
import { type Instrument, instruments, prometheusName } from './instruments.js'

export const tables: Readonly<Record<string, () => string>> = {
  metrics: () =>
    table(
      ['Prometheus', 'OpenTelemetry', 'kind', 'labels', 'what'],
      Object.values(instruments as Readonly<Record<string, Instrument>>).map((instrument) => [
        `\`${prometheusName(instrument)}\``,
        `\`${instrument.name}\`${instrument.unit === '' ? '' : `, ${instrument.unit}`}`,
        instrument.kind,
        Object.entries(instrument.labels)
          .map(([label, about]) => `\`${label}\`: ${about}`)
          .join('; '),
        instrument.about,
      ]),
    ),
  alarms: () =>
    table(
      ['alarm', 'how urgent', 'what it means', 'what to do'],
      alarms.map(({ name, severity, means, remedy }) => [`\`${name}\``, severity, means, remedy]),
    ),
}

/** The page with its tables made anew, between `<!-- NAME -->` and `<!-- end -->`. */
export const pageWithTables = (page: string): string =>
  page.replace(/(<!-- (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (all, begin: string, name: string, end: string) =>
    name in tables ? `${begin}${tables[name]!()}${end}` : all,
  )

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return line(heads) + line(heads.map(() => '---')) + rows.map(line).join('')
}
