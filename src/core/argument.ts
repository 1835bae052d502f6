/**
 * What a program gives to a public function, held to its kind before anything is begun: JavaScript has no compiler, and what is wrong would
 * fail deep inside, or be left out in silence. Throws PipelineError OPTION_INVALID, or UNKNOWN_OPTION with the nearest name.
 */

import { fileURLToPath } from 'node:url'
import { decoded, instead, schemeOf, withoutSecrets } from './address.js'
import type { ColumnData } from './batch.js'
import { PipelineError } from './errors.js'
import { type Column, columnTypes } from './row.js'
import { nearest } from './text/nearest.js'

/** As people are told of it. Never throws, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 60)}…'` : `'${value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (typeof value !== 'object' || value === null) return String(value)
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  if (kind === 'Promise') return 'a promise'
  if (kind === 'Array') return 'a list'
  const name: unknown = kind === 'Object' ? value.constructor?.name : kind
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `an object of ${name}` : 'an object'
}

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** What an option of a function must be. */
export interface Kind {
  readonly is: (value: unknown) => boolean
  /** Reads on from `must be`. */
  readonly words: string
}

export const anything: Kind = { is: () => true, words: 'anything' }
export const aText: Kind = { is: (value) => typeof value === 'string', words: 'a text' }
export const aFlag: Kind = { is: (value) => typeof value === 'boolean', words: 'true or false' }
export const aFunction: Kind = { is: (value) => typeof value === 'function', words: 'a function' }
export const anObject: Kind = { is: (value) => isObject(value) && !Array.isArray(value), words: 'an object' }
export const aList: Kind = { is: Array.isArray, words: 'a list' }
export const someTexts: Kind = {
  is: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  words: 'a list of texts',
}
export const aPath: Kind = { is: (value) => typeof value === 'string' || value instanceof URL, words: 'a path' }
/** It may come from another realm, as its controller may. */
export const aSignal: Kind = {
  is: (value) => isObject(value) && 'aborted' in value && 'addEventListener' in value,
  words: 'an AbortSignal (of an AbortController its signal)',
}
export const above0: Kind = { is: (value) => typeof value === 'number' && value > 0 && Number.isFinite(value), words: 'a number above 0' }
export const aSize: Kind = { is: (value) => value === 0 || above0.is(value), words: 'a number, 0 or more' }
export const aCount = (most: number): Kind => ({
  is: (value) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most,
  words: `a whole number, 1 to ${most}`,
})

/** `what`: `rows`, `batches`. */
export function mustBeIterable(who: string, given: unknown, what: string): void {
  if (isObject(given) && (Symbol.asyncIterator in given || Symbol.iterator in given)) return
  throw new PipelineError('OPTION_INVALID', `${who} takes ${what} that can be gone through, and is given ${shown(given)}`, {
    hint: `give a list, a stream or another iterable of ${what}`,
  })
}

const isColumns = (given: unknown): given is readonly Column[] =>
  Array.isArray(given) && given.every((column) => isObject(column) && 'name' in column)

/** The columns of a table, and a batch of it: easily given in the other order. */
export function mustBeOfTable(who: string, columns: unknown, batch?: unknown): void {
  if (!isColumns(columns))
    throw new PipelineError('OPTION_INVALID', `${who} takes the columns of a table first, and is given ${shown(columns)}`, {
      hint: `write ${who}(table.columns, …)`,
    })
  const known: readonly Column[] = columns
  const odd = known.find(({ type }) => !columnTypes.includes(type))
  if (odd)
    throw new PipelineError('OPTION_INVALID', `${who}: the column '${odd.name}' is of type ${shown(odd.type)}`, {
      hint: `there are ${columnTypes.join(', ')}`,
    })
  if (batch === undefined) return
  const hint = `write for await (const batch of table) ${who}(table.columns, batch)`
  if (!(isObject(batch) && 'columns' in batch && 'length' in batch && Array.isArray(batch.columns)))
    throw new PipelineError('OPTION_INVALID', `${who} takes a batch behind the columns, and is given ${shown(batch)}`, { hint })
  const given = (batch.columns as readonly ColumnData[]).map((data) => data?.type)
  const at = known.findIndex(({ type }, i) => given[i] !== type)
  if (at < 0 && given.length === known.length) return
  const fact =
    at < 0
      ? `${given.length} columns, not ${known.length}`
      : `${given[at] ?? 'nothing'} for '${known[at]!.name}', which is ${known[at]!.type}`
  throw new PipelineError('OPTION_INVALID', `${who} is given a batch of another table: ${fact}`, { hint })
}

/** Options by name, each of its kind; what is undefined or null is not given. `who` is the function, or the function and the option that holds these. */
export function mustBeOptions(who: string, given: unknown, kinds: Readonly<Record<string, Kind>>): void {
  const names = Object.keys(kinds)
  if (!anObject.is(given))
    throw new PipelineError('OPTION_INVALID', `${who} takes options by name, and is given ${shown(given)}`, {
      hint: `write { ${names[0]}: … }; there are ${names.join(', ')}`,
    })
  for (const [name, value] of Object.entries(given as object)) {
    if (value === undefined || value === null) continue
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    if (kind === undefined) {
      const near = nearest(name, names)
      throw new PipelineError('UNKNOWN_OPTION', `${who} has no option '${name}'${near === null ? '' : `, did you mean '${near}'?`}`, {
        hint: `it has ${names.join(', ')}`,
      })
    }
    if (!kind.is(value))
      throw new PipelineError('OPTION_INVALID', `${who}: ${name} is ${shown(value)}`, { hint: `${name} must be ${kind.words}` })
  }
}

/** Without what is undefined: spread over defaults it would take their place. */
export const onlyGiven = <T extends object>(options: T): { [Name in keyof T]: Exclude<T[Name], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never

/** A URL writes a space or an umlaut as `%20` or `%C3%BC`; in the address of an object the letters of its key stand as they are. */
function addressIn({ href, pathname, search, hash }: URL): string {
  const scheme = schemeOf(href)
  if (scheme !== 's3' && scheme !== 'gs' && scheme !== 'az') return href
  const end = `${search}${hash}`
  return href.slice(0, href.length - pathname.length - end.length) + decoded(pathname) + end
}

/** A path as text, or as the URL of a file (`new URL('./a.yml', import.meta.url)`); an address stays one. `what`: `a path`, `the path of a pipeline file`. */
export function pathGiven(who: string, given: unknown, what = 'a path'): string {
  if (given instanceof URL) return given.protocol === 'file:' ? fileURLToPath(given) : addressIn(given)
  if (typeof given !== 'string') {
    const hint = shown(given) === 'a promise' ? 'await it' : 'give a text, or the URL of a file'
    throw new PipelineError('OPTION_INVALID', `${who} takes ${what}, and is given ${shown(given)}`, { hint })
  }
  const hint = instead(given)
  if (hint !== undefined)
    throw new PipelineError('OPTION_INVALID', `${who} takes ${what}, and '${withoutSecrets(given)}' is none`, { hint })
  return given
}
