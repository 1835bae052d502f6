/** Keys of a pipeline that are no section of it: what they are instead, and where they belong. */

import type { OptionsSpec } from '../../core/options.js'
import { didYouMean } from '../../core/text/did-you-mean.js'
import { nearest } from '../../core/text/nearest.js'
import type { ProblemList } from '../document/problems.js'
import { entryOf, isEmpty, plainOf, textOf, type YamlEntry, type YamlMap, type YamlNode } from '../document/yaml-node.js'
import { type Environment, sections, writableStages } from '../environment/environment.js'
import { meantBy, otherSections, otherSources } from '../plan/other-names.js'
import { runtimeOptions } from '../plan/runtime.js'
import { nameOf } from './part-name.js'
import { elsewhere, optionsMeant } from './unknown-names.js'

/** Answers the sections that were meant: they are not missing too. */
export function unknownSections(document: YamlMap, environment: Environment, problems: ProblemList): ReadonlySet<string> {
  const known = [...sections, ...Object.keys(environment.sources)]
  const meant = new Set<string>()
  const unknown = document.entries.filter(({ key }) => key !== '' && !known.includes(key))
  const wrapper = unknown.find(({ value }) => value.kind === 'map' && value.entries.filter(({ key }) => known.includes(key)).length > 1)
  if (wrapper && document.entries.length === 1) {
    problems.add(
      'UNKNOWN_OPTION',
      wrapper.keyAt,
      '',
      `a pipeline has no '${wrapper.key}' around it: take that line away, and the spaces before what is below it`,
    )
    return new Set(known)
  }
  const rest = withoutParts(unknown, document, environment, problems, meant)
  for (const entry of rest) {
    const { section, sentence } = explain(entry, document, environment, known)
    problems.add('UNKNOWN_OPTION', entry.keyAt, '', `a pipeline has no '${entry.key}'${sentence}`)
    if (section !== undefined) meant.add(section)
  }
  if (tellSinksAmongStages(document, environment, problems)) meant.add('sinks')
  for (const name of insideOf(document).filter((key) => known.includes(key))) meant.add(name)
  return meant
}

/** `sinks:` was forgotten: those that follow the stages are one mistake, and `readParts` leaves them out. */
function tellSinksAmongStages(document: YamlMap, environment: Environment, problems: ProblemList): boolean {
  const list = entryOf(document, 'stages')?.value
  if (list?.kind !== 'list' || entryOf(document, 'sinks')) return false
  const found = list.items.flatMap((item, i) => {
    const named = nameOf(item)
    return named && isSinkOnly(named.key, environment) ? [{ i, named }] : []
  })
  const [first] = found
  if (!first) return false
  const names = [...new Set(found.map(({ named }) => named.key))]
  const what = `${names.join(' and ')} ${names.length === 1 ? 'is a sink' : 'are sinks'}: write sinks: in a line of its own before`
  problems.addApart('UNKNOWN_STAGE', first.named.keyAt, `stages[${first.i}]`, what)
  return true
}

export const isSinkOnly = (name: string, environment: Environment): boolean =>
  Object.hasOwn(environment.sinks, name) && !Object.hasOwn(writableStages(environment), name)

/** What stands among the stages, sinks or options: a section there is told as none of them, and is not missing too. */
function insideOf(document: YamlMap): readonly string[] {
  const keysOf = (node: YamlNode, depth: number): readonly string[] => {
    if (node.kind === 'scalar' || depth === 0) return []
    if (node.kind === 'list') return node.items.flatMap((item) => keysOf(item, depth))
    return node.entries.flatMap(({ key, value }) => [key, ...keysOf(value, depth - 1)])
  }
  const inner = ({ key, value }: YamlEntry) => {
    // Names of columns are further in, and may be any.
    const keys = key === 'vars' ? [] : keysOf(value, key === 'stages' || key === 'sinks' ? 2 : 1)
    return key === 'runtime' ? keys.filter((name) => !Object.hasOwn(runtimeOptions, name)) : keys
  }
  return document.entries.flatMap(inner)
}

/** Stages and sinks that stand beside their section: one mistake, however many. Answers the other entries. */
function withoutParts(
  unknown: readonly YamlEntry[],
  document: YamlMap,
  environment: Environment,
  problems: ProblemList,
  meant: Set<string>,
): readonly YamlEntry[] {
  let rest = unknown
  for (const [section, names] of [
    ['stages', Object.keys(writableStages(environment))],
    ['sinks', Object.keys(environment.sinks)],
  ] as const) {
    const parts = rest.filter(({ key }) => names.includes(key))
    const [first] = parts
    if (!first) continue
    rest = rest.filter((entry) => !parts.includes(entry))
    meant.add(section)
    const kind = parts.length === 1 ? `a ${section.slice(0, -1)}` : section
    const there = entryOf(document, section) ? '' : `, which is missing`
    const list = parts.map(({ key }) => key).join(', ')
    const sentence = `${list} ${parts.length === 1 ? 'is' : 'are'} ${kind}: write ${parts.length === 1 ? 'it' : 'them'} below ${section}:${there}, each after a dash ('  - ${first.key}')`
    problems.add('UNKNOWN_OPTION', first.keyAt, '', sentence)
  }
  return rest
}

interface Explained {
  readonly section?: string
  /** Goes on after `a pipeline has no 'x'`. */
  readonly sentence: string
}

function explain(entry: YamlEntry, document: YamlMap, environment: Environment, known: readonly string[]): Explained {
  const { key, value } = entry
  const joined = /^([\w-]+)\s*[:=]\s*(\S.*)$/s.exec(key)
  if (joined && known.includes(joined[1]!))
    return { section: joined[1]!, sentence: `: write ${joined[1]}: ${joined[2]}, with a space behind the colon` }
  const under = emptySectionOf(key, document, environment)
  if (under !== undefined) return { section: under, sentence: `: it belongs to ${under}:, write 2 spaces before it` }
  const above = document.entries.find((other) => Object.hasOwn(environment.sources[other.key]?.options ?? {}, key))
  if (above !== undefined) return { sentence: `: it is an option of ${above.key}:, write it there` }
  const section = meantBy(key, otherSections)[0]
  if (section !== undefined) return { section, sentence: `: write ${section}:` }
  const source = meantBy(key, otherSources).find((name) => name in environment.sources)
  if (source !== undefined) return { section: source, sentence: `: write ${source}: ${sourceText(value)}`.trimEnd() }
  const near = nearest(key, known)
  if (near !== null) return { section: near, sentence: didYouMean(key, known) }
  const said = elsewhere(key)
  if (said !== undefined) return { sentence: `: ${said}` }
  const [option] = optionsMeant(key, plainOf(value), {}, environment)
  if (option !== undefined) return { sentence: `: write ${written(option, value)}` }
  if (/version/i.test(key)) return { sentence: ': leave it out' }
  return { sentence: `; it has ${known.map((name) => `${name}:`).join(', ')}, and x-… for what is yours` }
}

/** The section that has nothing below it, and should have this. */
function emptySectionOf(key: string, document: YamlMap, { sources }: Environment): string | undefined {
  const specs: Readonly<Record<string, OptionsSpec>> = {
    ...Object.fromEntries(Object.entries(sources).map(([name, { options }]) => [name, options])),
    runtime: runtimeOptions,
  }
  return document.entries.find((entry) => isEmpty(entry.value) && Object.hasOwn(specs[entry.key] ?? {}, key))?.key
}

/** Text or texts as the options of a source: a list by its ending, else a pattern. */
export function sourceText(node: YamlNode): string {
  const texts = (node.kind === 'list' ? node.items : [node]).map(textOf)
  if (texts.length === 0 || texts.some((text) => text === undefined)) return ''
  const quoted = texts.map((text) => `"${text}"`)
  if (texts.length === 1) return /\.[ct]sv$/i.test(texts[0]!) ? `{ list: ${quoted[0]} }` : `{ glob: ${quoted[0]} }`
  return `{ glob: [${quoted.join(', ')}] }`
}

function written(option: string, value: YamlNode): string {
  const [part, name] = option.split('.') as [string, string]
  const text =
    value.kind !== 'scalar' || value.value === null ? '…' : name === 'device' && value.value === true ? 'cuda' : String(value.value)
  return part === 'runtime' ? `runtime: { ${name}: ${text} }` : `${part}: { ${name}: ${text} } below stages:`
}
