/** Options as written, against their spec: what zod finds, in sentences for people, at the place in the file where it is wrong. */

import { type OptionIssue, type OptionsSpec, objectOf } from '../core/options.js'
import { didYouMean } from './did-you-mean.js'
import { entryOf, nodeAt, plainOf, type YamlMap, type YamlNode } from './document.js'
import type { Position, ProblemList } from './problems.js'

export type ReadOptions = Readonly<Record<string, unknown>>

/** The options with their defaults, or undefined (with problems). `node` null: none are written. `at` is where the name stands. */
export function readOptions(
  spec: OptionsSpec,
  node: YamlMap | null,
  at: Position,
  where: string,
  problems: ProblemList,
): ReadOptions | undefined {
  const result = objectOf(spec).safeParse(node ? plainOf(node) : {})
  if (result.success) return brokenIn(node) ? undefined : result.data
  for (const issue of result.error.issues) tellIssue(issue, { spec, node, at, where, problems })
  return undefined
}

interface Place {
  readonly spec: OptionsSpec
  readonly node: YamlMap | null
  readonly at: Position
  readonly where: string
  readonly problems: ProblemList
}

function tellIssue(issue: OptionIssue, { spec, node, at, where, problems }: Place): void {
  const found = deepest(issue)
  const target = node ? nodeAt(node, found.path) : null
  if (target && brokenIn(target)) return
  const path = pathOf(where, found.path)
  if (found.code === 'unrecognized_keys') {
    for (const key of found.keys) {
      const known = found.path.length === 0 ? Object.keys(spec) : []
      const keyAt = (target && entryOf(target, key)?.keyAt) ?? at
      problems.add('UNKNOWN_OPTION', keyAt, path, `has no option '${key}'${didYouMean(key, known)}`)
    }
    return
  }
  const parent = found.path.slice(0, -1)
  const last = found.path.at(-1)
  const entry = node && last !== undefined ? entryOf(nodeAt(node, parent), String(last)) : undefined
  if (last !== undefined && !entry && typeof last === 'string' && target?.kind !== 'list') {
    // A union of which nothing fits names a part that is not there: the whole value is wrong.
    problems.add('OPTION_MISSING', target?.at ?? at, pathOf(where, parent), `needs ${last}:`)
    return
  }
  const value = target ? plainOf(target) : undefined
  problems.add('OPTION_INVALID', target?.at ?? at, path, inWords(found, value))
}

/** Of the ways in which no branch of a union fits, the one that came nearest: the right type with a wrong value. */
function deepest(issue: OptionIssue): OptionIssue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue
  const branches = issue.errors.map((errors) => errors.map(deepest)).filter((errors) => errors.length > 0)
  const typed = branches.filter((errors) => !errors.some((e) => e.path.length === 0 && expectedBy(e).length > 0))
  const nearest = typed.toSorted((a, b) => (b[0]?.path.length ?? 0) - (a[0]?.path.length ?? 0))[0]?.[0]
  if (nearest) return { ...nearest, path: [...issue.path, ...nearest.path] } as OptionIssue
  const expected = [...new Set(branches.flat().flatMap(expectedBy))]
  return { code: 'custom', path: [...issue.path], message: `must be ${expected.join(' or ')}`, params: { typed: true }, input: issue.input }
}

const expectedBy = (issue: OptionIssue): string[] => {
  if (issue.code === 'invalid_type') return [typeNames[issue.expected] ?? issue.expected]
  return issue.code === 'custom' && issue.params?.typed === true ? [issue.message.replace(/^must be /, '')] : []
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map',
  record: 'a map',
}

function inWords(issue: OptionIssue, value: unknown): string {
  const shown = show(value)
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'never') return 'is filled in from the rest of the pipeline: leave it out'
      return `must be ${typeNames[issue.expected] ?? issue.expected}, is ${shown}`
    case 'invalid_value': {
      const names = issue.values.map(String)
      const near = typeof value === 'string' ? didYouMean(value, names) : ''
      return names.length === 1 ? `must be ${names[0]}, is ${shown}` : `must be one of ${names.join(', ')}, is ${shown}${near}`
    }
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty'
      return `must ${haveOf(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}, is ${shown}`
    case 'too_big':
      return `must ${haveOf(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}, is ${shown}`
    case 'invalid_format':
      return issue.message.startsWith('is no') ? `${shown} ${issue.message}` : `${shown} is not what it should be: ${issue.message}`
    case 'custom':
      return issue.params?.typed === true ? `${issue.message}, is ${shown}` : withValue(issue.message, shown)
    default:
      return `${issue.message[0]?.toLowerCase()}${issue.message.slice(1)}, is ${shown}`
  }
}

const haveOf = (origin: string) => (origin === 'array' || origin === 'string' ? 'have' : 'be')
const unitOf = (origin: string) => (origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '')

/** `must be 1 to 65535 px` says more with what it is; a sentence that quotes the value already stays. */
const withValue = (message: string, shown: string) => (message.startsWith('must be ') ? `${message}, is ${shown}` : message)

function show(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return value.length > 4 ? `a list of ${value.length}` : `[${value.map(show).join(', ')}]`
  if (typeof value === 'object') return 'a map'
  const text = String(value)
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text
  return typeof value === 'string' ? `'${short}'` : short
}

function pathOf(where: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((so, step) => (typeof step === 'number' ? `${so}[${step}]` : `${so}.${String(step)}`), where)
}

/** True when a value inside is already known to be wrong. */
function brokenIn(node: YamlNode | null): boolean {
  if (node === null) return false
  if (node.kind === 'scalar') return node.broken === true
  return node.kind === 'list' ? node.items.some(brokenIn) : node.entries.some(({ value }) => brokenIn(value))
}
