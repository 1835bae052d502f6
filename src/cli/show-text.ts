/** Facts of tables and output folders as text for people. */

import type { Value } from '../core/row.js'
import { counted } from '../core/text/counted.js'
import { formatResolution } from '../core/text/resolution-text.js'
import type { TableFacts } from '../results/facts.js'
import { leftOverText } from '../results/left-over.js'
import type { Results } from '../results/open.js'

export function tableText(facts: TableFacts): string {
  const { file, rows, columns, first } = facts
  return [
    `${file}: ${counted(rows, 'row')}, ${counted(columns.length, 'column')}`,
    ...provenanceLines(facts),
    ...classLines(facts),
    '',
    ...aligned(
      columns.map(({ name, type, size, about }) => [cut(name, longestName), size === undefined ? type : `${type} of ${size}`, about]),
    ),
    ...(first.length === 0 ? [] : ['', first.length === 1 ? 'the first row:' : `the first ${first.length} rows:`]),
    // A column a line: a table of 30 columns is wider than any terminal.
    ...(first.length === 0
      ? []
      : aligned(columns.map(({ name }) => [cut(name, longestName), ...first.map((row) => cell(row[name] ?? null))]))),
  ].join('\n')
}

function provenanceLines({ provenance, uri }: TableFacts): readonly string[] {
  const { slide, model, others = [], grid, fingerprint, tiastreamVersion, schemaVersion } = provenance
  const { mpp } = slide
  const facts: [string, string][] = [
    ['slide', `${slide.id} (${uri ?? slide.name ?? 'where it lies is not told'})`],
    ['', `${slide.width} × ${slide.height} px, ${mpp ? `${short(mpp.x)} µm/px` : 'pixel size not told'}, ${slide.vendor}`],
    ...(grid
      ? [
          ['patches', `${grid.patch.join(' × ')} px at ${formatResolution(grid.at)}, every ${grid.stride.join(' × ')} px`] as [
            string,
            string,
          ],
        ]
      : []),
    ...[...(model ? [model] : []), ...others].flatMap(({ name, sha256 }): [string, string][] => [
      ['model', name],
      ['', `sha256 ${sha256}`],
    ]),
    ['fingerprint', fingerprint],
    ['made by', `tiastream ${tiastreamVersion}, schema ${schemaVersion}`],
  ]
  return facts.map(([name, value]) => `  ${name.padEnd(13)}${value}`)
}

function classLines({ classes, rows, withoutClass }: TableFacts): readonly string[] {
  if (!classes) return []
  const counts = Object.entries(classes).map(([name, count]): [string, number] => [name, count])
  // A model of one class has an answer where it says no class.
  const without = counts.length === 1 ? '(no class)' : '(no answer)'
  const lines: [string, number][] = withoutClass > 0 ? [...counts, [without, withoutClass]] : counts
  return ['', ...aligned(lines.map(([name, count]) => [name, `${count}`, `${((100 * count) / Math.max(rows, 1)).toFixed(1)} %`]))]
}

export function folderText({ folder, slides, waiting = [], run }: Results): string {
  const done = slides.filter(({ receipt }) => receipt.status === 'done')
  const rows = done.reduce((sum, { receipt }) => sum + receipt.rows, 0)
  const leftOver = leftOverText({ run })
  return [
    `${folder}: ${counted(slides.length + waiting.length, 'slide')}, ${done.length} done, ${slides.length - done.length} failed, ${waiting.length > 0 ? `${waiting.length} not done yet, ` : ''}${counted(rows, 'row')}`,
    ...aligned([
      ...slides.map(({ id, receipt: { status, rows, files, error } }) =>
        status === 'done'
          ? [id, counted(rows, 'row'), files.map(({ file }) => file).join(', ')]
          : [id, 'FAILED', `${error?.message ?? ''}${error ? ` [${error.code}]` : ''}`],
      ),
      ...waiting.map((id) => [id, 'not done yet']),
    ]),
    ...(leftOver === null ? [] : [leftOver]),
  ].join('\n')
}

/** Columns below each other, the last one as it is. */
function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const line of lines) for (const [i, text] of line.entries()) widths[i] = Math.max(widths[i] ?? 0, text.length)
  return lines.map((line) => `  ${line.map((text, i) => (i === line.length - 1 ? text : text.padEnd(widths[i]! + 2))).join('')}`)
}

function cell(value: Value): string {
  if (value === null) return '-'
  if (typeof value === 'object') return `[${counted(value.length, 'number')}]`
  if (typeof value === 'number') return short(value)
  return cut(String(value), 20)
}

/** A column of a list may be called by a whole question of a form. */
const longestName = 40

/** In one line, and no longer than so many letters. */
function cut(written: string, most: number): string {
  const text = written.replace(/[\s\p{Cc}]+/gu, ' ')
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

const short = (value: number): string => (Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(5))}`)
