/** Options as written, against their spec: what zod finds, in sentences for people, at the place in the file where it is wrong. */

import { type OptionIssue, type OptionsSpec, objectOf } from '../../core/options.js'
import { didYouMean } from '../../core/text/did-you-mean.js'
import { deepest, inWords } from '../../core/text/issue-words.js'
import { readOnce } from '../../core/text/parsed.js'
import type { Position, ProblemList } from '../document/problems.js'
import { entryOf, isEmpty, nodeAt, plainOf, typedAt, type YamlMap, type YamlNode } from '../document/yaml-node.js'
import type { Environment } from '../environment/environment.js'
import { meantBy, otherValues } from '../plan/other-names.js'
import { elsewhere } from './unknown-names.js'
import { known, namesIn, unknownOptions } from './unknown-options.js'

export type ReadOptions = Readonly<Record<string, unknown>>

/** Options where they are written. */
interface Written {
  readonly spec: OptionsSpec
  /** Null: none are written. */
  readonly node: YamlMap | null
  /** Where the name of what they are options of stands. */
  readonly at: Position
  readonly where: string
  readonly problems: ProblemList
  /** In whose other parts an unknown option is looked for. */
  readonly environment?: Environment
}

/** The options with their defaults, or undefined (with problems). */
export function readOptions(asWritten: Written): ReadOptions | undefined {
  const written = { ...asWritten, node: asWritten.node && fitted(asWritten.node, asWritten.spec) }
  const { spec, node, where, problems, environment } = written
  const result = readOnce(objectOf(spec), node ? plainOf(node) : {})
  if (result.success) return brokenIn(node) ? undefined : result.data
  const { issues } = result.error
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : []))
  const told = node ? unknownOptions(unknown, spec, node, environment) : { sentences: [], meant: [] }
  for (const { at: keyAt, sentence } of told.sentences) problems.add('UNKNOWN_OPTION', keyAt, where, sentence)
  for (const issue of issues) {
    const [name] = issue.path
    if (typeof name === 'string' && node && tellStage(name, node, written)) continue
    // What stands under another name is not missing too, nor wrong: one mistake, one line.
    if (issue.path.length === 0 && issue.code === 'unrecognized_keys') continue
    if (!told.meant.includes(String(name))) tellIssue(issue, written)
  }
  return undefined
}

/** `"${n}"` is text; where an option takes none, it is what the var is. */
function fitted(node: YamlMap, spec: OptionsSpec): YamlMap {
  const { error } = readOnce(objectOf(spec), plainOf(node))
  const refused = error?.issues.map((issue) => nodeAt(node, deepest(issue).path)) ?? []
  const places = refused.filter((place) => place.kind === 'scalar' && place.typed !== undefined)
  return places.length === 0 ? node : typedAt(node, new Set(places))
}

function tellIssue(issue: OptionIssue, { spec, node, at, where, problems }: Written): void {
  const found = deepest(issue)
  const target = node ? nodeAt(node, found.path) : null
  if (target && brokenIn(target)) return
  const path = pathOf(where, found.path)
  if (found.code === 'unrecognized_keys') {
    for (const key of found.keys) {
      const keyAt = (target && entryOf(target, key)?.keyAt) ?? at
      problems.add('UNKNOWN_OPTION', keyAt, path, `has no option '${key}'${otherThan(key, found.path, spec)}`)
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
  problems.add(
    'OPTION_INVALID',
    target?.at ?? at,
    path,
    braced(target) ?? inWords(found, target ? plainOf(target) : undefined, { usual, near: meantValue }),
  )
}

/** Of an option within an option: where it is said, which is meant, or which there are. */
function otherThan(key: string, path: readonly PropertyKey[], spec: OptionsSpec): string {
  const said = elsewhere(key)
  if (said !== undefined) return `: ${said}`
  const names = namesIn(spec, path)
  return didYouMean(key, names) || known(names)
}

/** A stage among the options of a source: `slides: { glob: …, mask: { keep: 25 % } }`. */
function tellStage(name: string, node: YamlMap, { where, problems, environment }: Written): boolean {
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
  return isEmpty(value) ? `is a map: write "{${key}}", quotes are needed around {…}` : undefined
}

/** The name of another tool, or the nearest. */
function meantValue(value: unknown, names: readonly string[]): string {
  const [meant] = meantBy(String(value), otherValues).filter((name) => names.includes(name))
  return meant !== undefined ? `: write ${meant}` : typeof value === 'string' ? didYouMean(value, names) : ''
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
