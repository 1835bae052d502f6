/** What stands in a list and is taken as it is written, though whoever wrote it may have meant something else: told before a run, in a sentence each. */

import path from 'node:path'
import { isAddress } from '../../core/address.js'
import type { ValueTypes } from '../../core/source.js'
import { counted } from '../../core/text/counted.js'
import { someOf } from '../../core/text/some-of.js'
import { everyTurn } from '../../flow/turn.js'
import { comesBack, readsAs } from './carried.js'
import type { Table, TableRow } from './table.js'

/** How R, pandas, SQL and spreadsheets write that there is no value, or that a formula gave none. */
export const missing = /^(NA|N\/A|n\/a|<NA>|NaN|nan|NaT|NULL|null|\\N|#(N\/A|DIV\/0!|REF!|VALUE!|NAME\?|NUM!|NULL!))$/
/** The same where all others are numbers: SAS writes a point. A label may well be None. */
const noNumber = /^(\.|\?|-+|None)$/
/** A number as people and programs write it, with marks between thousands or a sign of percent; with a 0 in front it is a code. */
const likeNumber = /^[-+\u2212]?(0|[1-9]\d{0,2}([ \u00a0\u202f'.,]\d{3})+|[1-9]\d{0,14})([.,]\d{1,15})? ?%?$/
/** As `1.234` of a spreadsheet that writes decimal commas. */
const thousands = /^-?[1-9]\d{0,2}\.\d{3}$/
/** What a spreadsheet makes of a number of more than eleven digits. */
const shortened = /^\d[.,]\d+E\+\d\d+$/i

/** Whole numbers as pandas writes a column of them in which one is missing. */
const pointed = /^\d+\.0$/
/** What a spreadsheet makes of `3-2` and `MARCH1`. */
const dated = /^(\d{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{2})$/

/** What each kind is told as. */
const sentences = {
  missing: ({ columns, value }: Odd) => `${value} in ${columns} is taken for text, and makes the column text: leave empty what is missing`,
  numbers: ({ columns, value, typed }: Odd) =>
    `${value} in ${columns} goes into the rows as text, as it is written: ${typed('number')} makes numbers of it`,
  marked: ({ columns, value, typed }: Odd) =>
    `${value} in ${columns} goes into the rows as text: write numbers without signs and marks between thousands, or ${typed('text')} if it is meant so`,
  thousands: ({ columns, value, typed }: Odd) =>
    `${value} in ${columns} is taken for a number with three digits behind its point: if it is one of thousands write it without, else ${typed('number')}`,
  shortened: ({ columns, value }: Odd) =>
    `${value} in ${columns} looks like a number that a spreadsheet has shortened: what differed behind its digits is one now, save the column as text`,
  dated: ({ columns, value }: Odd) =>
    `${value} in ${columns} looks like what a spreadsheet makes a date of (3-2, MARCH1): save the column as text, if it is none`,
  pointed: ({ columns, value }: Odd) =>
    `${value} in ${columns} looks like a whole number that pandas wrote with a point: write it without, if it is one`,
  quoted: ({ columns, value }: Odd) =>
    `${value} in ${columns} begins with the mark by which a spreadsheet keeps text: take it away, if it is that`,
}

/** About what a value costs, in bytes copied. */
const workOfValue = 500

type Kind = keyof typeof sentences

interface Odd {
  readonly columns: string
  /** One of them. */
  readonly value: string
  /** As `columns:` says it. */
  readonly typed: (type: string) => string
}

/** What the columns `own` are for is known; of the others those that are `declared` are meant as they are. */
export async function oddValues(table: Table, own: readonly string[], declared: ValueTypes, list: string): Promise<readonly string[]> {
  const found = new Map<Kind, { readonly name: string; readonly value: string }[]>()
  const turn = everyTurn()
  for (const name of table.columns) {
    await turn(table.rows.length * workOfValue)
    if (Object.hasOwn(declared, name)) continue
    const values = [...new Set(table.rows.map((row) => row.values[name] ?? ''))].filter((value) => value !== '')
    for (const [kind, value] of oddIn(values, own.includes(name) ? name : null, table.decimalComma))
      found.set(kind, [...(found.get(kind) ?? []), { name, value }])
  }
  const told = [...found].map(([kind, all]) => {
    const names = all.map(({ name }) => name)
    const typed = (type: string) =>
      `columns: { ${someOf(
        names.map((name) => `${name}: ${type}`),
        5,
      )} }`
    return sentences[kind]({
      columns: `${all.length === 1 ? 'its column' : 'its columns'} ${someOf(names, 5)}`,
      value: `'${all[0]!.value}'`,
      typed,
    })
  })
  return [...told, ...twice(table)].map((sentence) => `${list}: ${sentence}`)
}

/** `own`: the name of a column of ours. */
function* oddIn(values: readonly string[], own: string | null, decimalComma: boolean): Generator<readonly [Kind, string]> {
  const cut = values.find((value) => shortened.test(value))
  const isName = own === 'id' || own === 'label'
  if (cut !== undefined) yield ['shortened', cut]
  const date = values.find((value) => dated.test(value))
  if (date !== undefined && (isName || !values.every((value) => dated.test(value)))) yield ['dated', date]
  if (isName && values.length > 0 && values.every((value) => pointed.test(value))) yield ['pointed', values[0]!]
  const quoted = values.find((value) => value.startsWith("'") && !value.endsWith("'"))
  if (isName && quoted !== undefined) yield ['quoted', quoted]
  if (own !== null && !isName) return
  const there = values.filter((value) => !missing.test(value) && !noNumber.test(value))
  const areNumbers = there.length > 0 && there.every((value) => comesBack(value) || likeNumber.test(value))
  const none = values.find((value) => missing.test(value) || (areNumbers && noNumber.test(value)))
  const odd = there.find((value) => !comesBack(value))
  if (none !== undefined) yield ['missing', none]
  else if (!areNumbers || own !== null) return
  else if (odd !== undefined) yield [there.every((value) => readsAs(value, 'number', decimalComma)) ? 'numbers' : 'marked', odd]
  else if (decimalComma && there.length > 1 && there.every((value) => thousands.test(value))) yield ['thousands', there[0]!]
}

/** A file that is there under two ids is two slides; one with other masks is meant so. */
function twice({ rows }: Table): readonly string[] {
  const namesOf = new Map<string, { readonly uri: string; readonly names: string[] }>()
  for (const row of rows) {
    const { uri = '', mask = '' } = row.values
    const key = `${isAddress(uri) ? uri : path.normalize(uri)}\0${mask}`
    const names = namesOf.get(key)?.names ?? []
    names.push(nameOf(row))
    namesOf.set(key, { uri, names })
  }
  const again = [...namesOf.values()].filter(({ names }) => names.length > 1).map(({ uri, names }) => `${uri} as ${someOf(names, shown)}`)
  const { length: count } = again
  if (count === 0) return []
  return [`${counted(count, 'file')} ${count === 1 ? 'is' : 'are'} named more than once, and counted each time: ${someOf(again, shown)}`]
}

const shown = 3

const nameOf = ({ line, values }: TableRow): string => values.id || `line ${line}`
