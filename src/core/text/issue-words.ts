/** What zod finds wrong with a value, in sentences for people. They read on from the name of the value: `must be a list, is 5`. */

import type { OptionIssue } from '../options.js'
import { didYouMean } from './did-you-mean.js'

/** Of the ways in which no branch of a union fits, the one that came nearest: the right type with a wrong value. */
export function deepest(issue: OptionIssue): OptionIssue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue
  if (isOurs(issue)) return { code: 'custom', path: issue.path, message: issue.message, input: issue.input }
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

/** Sentences of a spec begin with a small letter, those of zod with a capital. */
const isOurs = ({ message }: OptionIssue): boolean => /^[^A-Z]/.test(message)

export interface Wording {
  /** The option may be left out. */
  readonly usual?: boolean
  /** What a value that is not one of these names may have meant: the end of a sentence. */
  readonly near?: (value: unknown, names: readonly string[]) => string
}

const nearestOf = (value: unknown, names: readonly string[]): string => (typeof value === 'string' ? didYouMean(value, names) : '')

export function inWords(issue: OptionIssue, value: unknown, { usual = false, near = nearestOf }: Wording = {}): string {
  const shown = show(value)
  if (isOurs(issue) && issue.code !== 'custom' && issue.code !== 'invalid_format') return issue.message
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'never') return 'is filled in from the rest of the pipeline: leave it out'
      return `must be ${typeNames[issue.expected] ?? issue.expected}, is ${shown}${remedy(issue.expected, value, usual)}`
    case 'invalid_value': {
      const names = issue.values.map(String)
      return names.length === 1
        ? `must be ${names[0]}, is ${shown}: write ${names[0]}, or leave it out`
        : `must be one of ${names.join(', ')}, is ${shown}${near(value, names)}`
    }
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty'
      return `must ${haveOf(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}, is ${shown}`
    case 'too_big':
      return `must ${haveOf(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}, is ${shown}`
    case 'invalid_format':
      if (isOurs(issue) && !issue.message.startsWith('is no')) return issue.message
      return issue.message.startsWith('is no') ? `${shown} ${issue.message}` : `${shown} is not what it should be: ${issue.message}`
    case 'custom':
      if (issue.params?.typed !== true) return withValue(issue.message, shown)
      return `${issue.message}, is ${shown}${/\btext\b/.test(issue.message) ? remedy('string', value, usual) : ''}`
    default:
      return `${issue.message[0]?.toLowerCase()}${issue.message.slice(1)}, is ${shown}`
  }
}

const yes = ['yes', 'y', 'on', 'true', '1']
const no = ['no', 'n', 'off', 'false', '0']

/** What to write in place of a value of another type. */
function remedy(expected: string, value: unknown, usual: boolean): string {
  const text = String(value).trim()
  if (expected === 'boolean') {
    const means = yes.includes(text.toLowerCase()) ? 'true' : no.includes(text.toLowerCase()) ? 'false' : undefined
    return means === undefined
      ? ''
      : `: write ${means}${typeof value === 'string' && text.toLowerCase() === means ? ', without quotes' : ''}`
  }
  if ((expected === 'number' || expected === 'int') && typeof value === 'string') {
    // YAML 1.1 had numbers with _ in them.
    const [, digits] = /^([-+]?\d+(?:[.,]\d+)?)/.exec(text.replace(/(?<=\d)_(?=\d)/g, '')) ?? []
    if (digits !== undefined)
      return `: write ${digits.replace(',', '.')}${digits === text && !digits.includes(',') ? ', without quotes' : ''}`
    if (usual && /^(?:auto|default|max|all|none|any|null)$/i.test(text)) return ': leave it out for the usual'
  }
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return `: write "${text}"`
  if (expected === 'string' && Array.isArray(value) && value.length === 1 && typeof value[0] === 'string')
    return `: write "${value[0]}", without brackets`
  const names = (Array.isArray(value) ? value : [value]).filter((name) => typeof name === 'string')
  if (expected === 'record' && names.length > 0) return `: write { ${names.map((name) => `${name}: …`).join(', ')} }`
  if (expected === 'array' && ['string', 'number'].includes(typeof value)) return `: write [${text}]`
  return ''
}

const haveOf = (origin: string) => (origin === 'array' || origin === 'string' ? 'have' : 'be')
const unitOf = (origin: string) => (origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '')

/** `must be 1 to 65535 px` says more with what it is; a sentence that quotes the value already stays. */
const withValue = (message: string, shown: string) => (message.startsWith('must be ') ? `${message}, is ${shown}` : message)

function show(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return value.length > 4 ? `a list of ${value.length}` : `[${value.map(show).join(', ')}]`
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'function') return 'a function'
  const text = String(value)
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text
  return typeof value === 'string' ? `'${short}'` : short
}
