/** Options as written, against their spec: what zod finds, in sentences for people, at the place in the file where it is wrong. */

import { type OptionIssue, type OptionsSpec, objectOf } from '../../core/options.js'
import { didYouMean } from '../document/did-you-mean.js'
import type { Position, ProblemList } from '../document/problems.js'
import { entryOf, nodeAt, plainOf, type YamlMap, type YamlNode } from '../document/yaml-node.js'
import type { Environment } from '../environment/environment.js'
import { meantBy, otherValues } from '../plan/other-names.js'
import { unknownOptions } from './unknown-options.js'

export type ReadOptions = Readonly<Record<string, unknown>>

/**
 * The options with their defaults, or undefined (with problems). `node` null: none are written. `at` is where the name stands. With `environment`
 * an unknown option is looked for in the other parts.
 */
export function readOptions(
  spec: OptionsSpec,
  node: YamlMap | null,
  at: Position,
  where: string,
  problems: ProblemList,
  environment?: Environment,
): ReadOptions | undefined {
  const result = objectOf(spec).safeParse(node ? plainOf(node) : {})
  if (result.success) return brokenIn(node) ? undefined : result.data
  const { issues } = result.error
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : []))
  const told = node ? unknownOptions(unknown, spec, node, environment) : { sentences: [], meant: [] }
  for (const { at: keyAt, sentence } of told.sentences) problems.add('UNKNOWN_OPTION', keyAt, where, sentence)
  for (const issue of issues) {
    const [name] = issue.path
    if (typeof name === 'string' && node && tellStage(name, node, where, problems, environment)) continue
    // What stands under another name is not missing too, nor wrong: one mistake, one line.
    if (issue.path.length === 0 && issue.code === 'unrecognized_keys') continue
    if (!told.meant.includes(String(name))) tellIssue(issue, { spec, node, at, where, problems })
  }
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
      const keyAt = (target && entryOf(target, key)?.keyAt) ?? at
      problems.add('UNKNOWN_OPTION', keyAt, path, `has no option '${key}'`)
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
  const option = spec[String(found.path[0])]
  const usual = found.path.length === 1 && option?.safeParse(undefined).success === true
  problems.add('OPTION_INVALID', target?.at ?? at, path, braced(target) ?? inWords(found, target ? plainOf(target) : undefined, usual))
}

/** A stage among the options of a source: `slides: { glob: …, mask: { keep: 25 % } }`. */
function tellStage(name: string, node: YamlMap, where: string, problems: ProblemList, environment: Environment | undefined): boolean {
  const entry = entryOf(node, name)
  const spec = environment && Object.hasOwn(environment.sources, where) ? environment.stages[name] : undefined
  if (!spec || entry?.value.kind !== 'map' || !entry.value.entries.every(({ key }) => Object.hasOwn(spec.options, key))) return false
  problems.add(
    'OPTION_INVALID',
    entry.value.at,
    `${where}.${name}`,
    `has options of the stage ${name}: write - ${name}: { … } below stages:`,
  )
  return true
}

/** `{slide}` without quotes is a map of one name that has no value. */
function braced(node: YamlNode | null): string | undefined {
  if (node?.kind !== 'map' || node.entries.length !== 1) return undefined
  const { key, value } = node.entries[0]!
  const empty = value.kind === 'scalar' && value.value === null && !value.quoted
  return empty ? `is a map: write "{${key}}", quotes are needed around {…}` : undefined
}

/** Of the ways in which no branch of a union fits, the one that came nearest: the right type with a wrong value. */
function deepest(issue: OptionIssue): OptionIssue {
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

function inWords(issue: OptionIssue, value: unknown, usual: boolean): string {
  const shown = show(value)
  if (isOurs(issue) && issue.code !== 'custom' && issue.code !== 'invalid_format') return issue.message
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'never') return 'is filled in from the rest of the pipeline: leave it out'
      return `must be ${typeNames[issue.expected] ?? issue.expected}, is ${shown}${remedy(issue.expected, value, usual)}`
    case 'invalid_value': {
      const names = issue.values.map(String)
      const [meant] = meantBy(String(value), otherValues).filter((name) => names.includes(name))
      const near = meant !== undefined ? `: write ${meant}` : typeof value === 'string' ? didYouMean(value, names) : ''
      return names.length === 1
        ? `must be ${names[0]}, is ${shown}: write ${names[0]}, or leave it out`
        : `must be one of ${names.join(', ')}, is ${shown}${near}`
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
      return issue.params?.typed === true ? `${issue.message}, is ${shown}` : withValue(issue.message, shown)
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
