/** Columns of a text that is no YAML: the line that begins too far left or right, or lacks its dash. */

import { type Line, type Slip, tabbed } from './yaml-slip.js'
import { short } from './yaml-words.js'

/** Something that goes on: the entries of a map or list stand in one column. */
interface Level {
  readonly column: number
  readonly kind: 'key' | 'dash' | 'text'
  /** It has one entry so far. */
  first: boolean
  /** Its last entry. */
  line: Line
  /** The last entry is still empty: what follows may stand further right. */
  empty: boolean
}

/** The first; what follows it may be its consequence. */
export function columnSlip(lines: readonly Line[]): Slip | undefined {
  const levels: Level[] = []
  for (const line of lines) {
    const found = step(levels, line)
    if (found) return found
  }
  return undefined
}

export function tabSlip(lines: readonly Line[]): Slip | undefined {
  const [first, ...others] = lines.filter(({ indent }) => indent.includes('\t'))
  if (!first) return undefined
  const more = others.length === 0 ? '' : ` (also in ${linesOf(others.map(({ number }) => number))})`
  return { kind: 'tab', line: first.number, column: 1, message: `${tabbed}${more}` }
}

export function linesOf(numbers: readonly number[]): string {
  const unique = [...new Set(numbers)]
  const shown = unique.slice(0, 8)
  const last = unique.length > shown.length ? '…' : shown.pop()
  return shown.length === 0 ? `line ${last}` : `lines ${shown.join(', ')} and ${last}`
}

function step(levels: Level[], line: Line): Slip | undefined {
  const { dashes, column, key, hasValue } = line
  const start = dashes[0] ?? column
  if (/^-[A-Za-z]/.test(line.text)) return noSpace(line, column)
  const kind = dashes.length > 0 ? 'dash' : key === undefined ? 'text' : 'key'
  const deeper: Level[] = []
  while ((levels.at(-1)?.column ?? -1) > start) deeper.push(levels.pop()!)
  // A list may stand in the column of its own key; the key's next sibling ends it.
  const [above, below] = [levels.at(-1), levels.at(-2)]
  if (above?.kind === 'dash' && kind === 'key' && below?.kind === 'key' && below.column === start && above.column === start) levels.pop()
  const top = levels.at(-1)
  const found = top ? against(top, line, start, kind, deeper) : deeper.length > 0 ? tooFarLeft(deeper, line, start) : undefined
  if (found) return found
  enter(levels, line, start, kind)
  // What follows a dash is a level of its own.
  if (dashes.length > 0 && (key !== undefined || dashes.length > 1)) {
    for (const dash of dashes.slice(1)) levels.push({ column: dash, kind: 'dash', line, first: true, empty: false })
    if (key !== undefined) levels.push({ column, kind: 'key', line, first: true, empty: !hasValue })
  }
  return undefined
}

function enter(levels: Level[], line: Line, column: number, kind: Level['kind']): void {
  const top = levels.at(-1)
  const empty = kind !== 'text' && !line.hasValue && (kind === 'dash' ? line.key === undefined : true)
  if (top?.column === column && top.kind === kind) {
    top.line = line
    top.first = false
    top.empty = empty
  } else if (!(kind === 'text' && top && top.column < column && !top.empty)) levels.push({ column, kind, line, first: true, empty })
}

function against(top: Level, line: Line, start: number, kind: Level['kind'], deeper: readonly Level[]): Slip | undefined {
  if (top.column === start) {
    if (top.kind === kind && kind !== 'text') return undefined
    if (top.kind === 'key' && kind === 'dash') {
      if (top.empty) return undefined
      return top.first && top.line.dashes.length === 0 ? noDash(top.line, start) : strayDash(top, line, start)
    }
    if (top.kind === 'dash') return noDash(line, start)
    if (kind === 'text') return noKey(line, start)
    return top.kind === 'text' ? afterText(top, line, start) : undefined
  }
  // Further right than the level above, and something stood further right still: it lines up with neither.
  if (deeper.length > 0) return between(deeper.at(-1)!, top, line, start)
  if (top.empty) return undefined
  // A text may go on in the next line.
  if (kind === 'text' && !/^[[{"'|>&*]/.test(line.text)) return undefined
  return tooFarRight(top, line, start)
}

/** Keys at the start of a line, of which none is a stage. */
const sections = ['about', 'output', 'vars', 'slides', 'tiles', 'patches', 'stages', 'sinks', 'runtime']

const at = (line: Line, column: number, kind: Slip['kind'], message: string): Slip => ({
  kind,
  line: line.number,
  column: column + 1,
  message,
})

function noDash(line: Line, column: number): Slip {
  if (line.key !== undefined && sections.includes(line.key)) {
    return at(line, column, 'column', `${line.key}: is a section of its own: begin it at the start of the line`)
  }
  return at(line, column, 'dash', `a dash is missing: write - ${short(line.text)}`)
}

const noSpace = (line: Line, column: number): Slip =>
  at(line, column, 'dash', `a space is missing after the dash: write - ${short(line.text.replace(/^-+/, ''))}`)

function noKey(line: Line, column: number): Slip {
  const [, key, value] = /^([\w-]+):(\S.*)$/.exec(line.text) ?? /^([\w-]+)\s*=\s*(.*)$/.exec(line.text) ?? []
  const [, name, rest] = /^([\w-]+)\s+(\S.*)$/.exec(line.text) ?? []
  if (key === undefined && name !== undefined) return at(line, column, 'space', `a colon is missing: write ${name}: ${short(rest!)}`)
  if (key !== undefined) return at(line, column, 'space', `a colon and a space stand between a key and its value: write ${key}: ${value}`)
  return at(line, column, 'space', `'${short(line.text)}' has no colon: write ${short(line.text)}: and its value`)
}

/** A text without a key, and then a line of another kind in its column: what is wrong is the text. */
function afterText(top: Level, line: Line, column: number): Slip {
  if (line.dashes.length > 0) return noDash(top.line, top.column)
  return noKey(top.line, column)
}

const strayDash = (top: Level, line: Line, column: number): Slip =>
  at(line, column, 'dash', `a dash stands here, and ${nameOf(top)} in this column has none: indent the line further, or take the dash away`)

function tooFarRight(top: Level, line: Line, column: number): Slip {
  const what = `${nameOf(top)} by ${top.column}`
  const remedy = top.column === 0 ? 'begin it at the start of the line' : `write ${spaces(top.column)} before it, if it belongs beside that`
  return at(line, column, 'column', `this line is indented by ${spaces(column)}, and ${what}: ${remedy}`)
}

function between(right: Level, left: Level, line: Line, column: number): Slip {
  const [near, other] = fits(right, line) || !fits(left, line) ? [right, left] : [left, right]
  const also = fits(other, line) && fits(near, line) ? ` (or ${other.column}, as ${nameOf(other)})` : ''
  return at(
    line,
    column,
    'column',
    `this line is indented by ${spaces(column)}, and nothing above is: write ${spaces(near.column)}, as ${nameOf(near)}${also}`,
  )
}

const fits = (level: Level, line: Line) => (level.kind === 'dash') === line.dashes.length > 0

/** The first lines are further right than one that follows: they should not be. */
function tooFarLeft(deeper: readonly Level[], line: Line, column: number): Slip {
  const first = deeper.at(-1)!
  return at(
    first.line,
    first.column,
    'column',
    `this line is indented by ${spaces(first.column)}, and '${short(line.text)}' (line ${line.number}) by ${column}: keys that go together start in one column`,
  )
}

const nameOf = ({ line }: Level) => `'${short(line.dashes.length > 0 ? `- ${line.text}` : line.text)}' (line ${line.number})`
const spaces = (n: number) => (n === 0 ? 'no space' : n === 1 ? '1 space' : `${n} spaces`)
