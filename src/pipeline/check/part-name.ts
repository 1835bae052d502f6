/** The entries of `stages:` and `sinks:`: a name, or a map from one name to its options; and what is said where one is neither. */

import type { OptionsSpec } from '../../core/options.js'
import { isEmpty, textOf, type YamlEntry, type YamlNode } from '../document/yaml-node.js'

interface Spec {
  readonly options: OptionsSpec
  readonly alternatives?: readonly string[]
}
type Specs = Readonly<Record<string, Spec>>

/** `extract`, `extract:` and `extract: { … }` as one. */
export function nameOf(item: YamlNode): YamlEntry | undefined {
  if (item.kind === 'map') return item.entries.length === 1 ? item.entries[0] : undefined
  const name = textOf(item)
  return name === undefined ? undefined : { key: name, keyAt: item.at, value: { kind: 'scalar', at: item.at, value: null, quoted: false } }
}

/** What is wrong with an entry that is no name; also with `name: mask`, which has the form of one. */
export function partProblem(item: YamlNode, kind: 'stage' | 'sink', specs: Specs): string | undefined {
  if (item.kind === 'list') return `has two dashes: write one before each ${kind}`
  if (item.kind === 'scalar') return scalarProblem(item, kind, specs)
  const [first, ...others] = item.entries
  if (!first) return `is empty: write the name of a ${kind}`
  const typed = item.entries.find(({ key }) => /^(?:name|type|stage|sink|step|use|uses|kind|id|op|do|run)$/i.test(key))
  const name = typed && textOf(typed.value)
  if (name !== undefined && !Object.hasOwn(specs, first.key) && Object.hasOwn(specs, name)) {
    const options = item.entries.filter((entry) => entry !== typed).map(({ key, value }) => `${key}: ${scalarOf(value)}`)
    return `is written by its name: write - ${name}${options.length === 0 ? '' : `: { ${options.join(', ')} }`}`
  }
  if (others.length === 0) return undefined
  const spec = Object.hasOwn(specs, first.key) ? specs[first.key] : undefined
  if (spec && isEmpty(first.value) && others.every(({ key }) => Object.hasOwn(spec.options, key))) {
    const names = others.map(({ key }) => key).join(' and ')
    return `has ${names} beside ${first.key}: write 2 more spaces before ${names}, which ${others.length === 1 ? 'is an option' : 'are options'} of ${first.key}`
  }
  return `names ${item.entries.map((e) => e.key).join(' and ')}; start each with its own dash`
}

const scalarOf = (node: YamlNode): string => (node.kind === 'scalar' ? String(node.value) : '…')

function scalarProblem(item: YamlNode & { readonly kind: 'scalar' }, kind: string, specs: Specs): string | undefined {
  if (item.value === null) return `is empty: write the name of a ${kind} behind the dash, or take the dash away`
  if (typeof item.value !== 'string') return `must be the name of a ${kind}, is ${item.value}`
  if (Object.hasOwn(specs, item.value)) return undefined
  const several = item.value.split(/\s+-\s+|[\s,;]+/).filter((word) => word !== '')
  if (several.length > 1 && several.every((word) => Object.hasOwn(specs, word))) {
    return `names ${several.join(' and ')}; start each in its own line, the dashes in one column`
  }
  const [, marked] = /^([\w-]+)\s*(?:\/\/|--|#|;)/.exec(item.value) ?? []
  if (marked !== undefined && Object.hasOwn(specs, marked)) return `is '${item.value}': a comment begins with a space and #`
  const [, name, rest] = /^([\w-]+)\s*[:=]\s*(.+)$/.exec(item.value) ?? []
  if (name !== undefined && Object.hasOwn(specs, name)) return `is '${item.value}': write ${name}: ${rest}, with a space behind the colon`
  return undefined
}

/** A section that is no list: text that holds names, or a map of them. */
export function listProblem(section: string, node: YamlNode, specs: Specs): string {
  const kind = section.slice(0, -1)
  const general = `must be a list: one ${kind} a line, each after a dash`
  const names = textOf(node)
    ?.split(/[\s,;]+/)
    .filter((word) => word !== '')
  if (names?.every((name) => Object.hasOwn(specs, name))) return `must be a list: write [${names.join(', ')}]`
  if (/[–—‒•·●]/.test(textOf(node) ?? '')) return `${general}, which is a hyphen: -`
  const [first] = node.kind === 'map' ? node.entries : []
  return first ? `${general} ('  - ${first.key}')` : general
}

/** The option that a value without a name is meant for: the first that takes it, those that take any text last; with it those that may stand in its place. */
export function optionsFor(value: unknown, { options, alternatives = [] }: Spec): readonly string[] {
  const takes = (written: unknown) => (name: string) => options[name]!.safeParse(written).success
  const names = Object.keys(options).filter(takes(value))
  const [first] = [names.find((name) => !takes('§')(name)) ?? names[0]].filter((name) => name !== undefined)
  if (first === undefined) return []
  return alternatives.includes(first) ? names.filter((name) => alternatives.includes(name)) : [first]
}
