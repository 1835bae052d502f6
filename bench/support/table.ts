/** Prints tables and sentences. */

export function prose(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Columns as wide as they need to be; numbers to the right. */
export function table(rows: readonly Readonly<Record<string, string | number | null | undefined>>[]): void {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cells = rows.map((row) => names.map((name) => shown(row[name])))
  const widths = names.map((name, i) => Math.max(name.length, ...cells.map((line) => line[i]!.length)))
  const isNumber = names.map((name) => rows.every((row) => typeof row[name] !== 'string'))
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, i) => (isNumber[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))).join(' | ')} |`
  prose(
    [
      '',
      line(names),
      `|${widths.map((w, i) => (isNumber[i] ? `${'-'.repeat(w + 1)}:` : '-'.repeat(w + 2))).join('|')}|`,
      ...cells.map(line),
      '',
    ].join('\n'),
  )
}

function shown(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (Number.isInteger(value)) return value.toLocaleString('en')
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

/** A ratio with what was asked of it. */
export function verdict(what: string, ratio: number, asked: number): void {
  prose(`${ratio >= asked ? 'reached' : 'MISSED '}  ${what}: ${ratio.toFixed(2)} (asked: at least ${asked})`)
}

/** The same where less is better. */
export function verdictBelow(what: string, value: number, asked: number, unit = ''): void {
  prose(`${value <= asked ? 'reached' : 'MISSED '}  ${what}: ${value.toFixed(2)}${unit} (asked: at most ${asked}${unit})`)
}
