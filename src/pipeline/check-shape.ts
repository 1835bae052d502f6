/** The document as sections: source, stages, sinks, runtime, output. Every unknown key and name is a problem; the rest is kept. */

import { nearest } from '../core/nearest.js'
import type { OptionsSpec } from '../core/options.js'
import type { AnySinkSpec } from '../core/sink.js'
import type { AnySourceSpec } from '../core/source.js'
import type { AnyStageSpec } from '../core/stage.js'
import { type ReadOptions, readOptions } from './check-options.js'
import { didYouMean } from './did-you-mean.js'
import { entryOf, type YamlEntry, type YamlMap, type YamlNode } from './document.js'
import type { Position, ProblemList } from './problems.js'
import { type Registries, setStage, writableStages } from './registries.js'
import { runtimeOptions } from './runtime.js'

/** A source, stage or sink as written. */
export interface Draft<Spec> {
  readonly spec: Spec
  readonly name: string
  readonly at: Position
  /** `stages[1].mask`. */
  readonly where: string
  readonly node: YamlMap | null
  /** With defaults; undefined when something is wrong with them (and told). */
  readonly options: ReadOptions | undefined
}

export interface Shape {
  readonly output: { readonly folder: string; readonly at: Position } | undefined
  readonly source: Draft<AnySourceSpec> | undefined
  /** Undefined in place of a stage that is not known. */
  readonly stages: readonly (Draft<AnyStageSpec> | undefined)[]
  readonly stagesAt: Position
  readonly sinks: readonly (Draft<AnySinkSpec> | undefined)[]
  readonly runtime: ReadOptions | undefined
  readonly runtimeAt: Position
}

/** Tells that a section is missing, unless its name was mistyped. */
type Needs = (names: readonly string[], what: string) => void

const otherKeys = ['about', 'output', 'vars', 'stages', 'sinks', 'runtime']

export function readShape(document: YamlMap, registries: Registries, problems: ProblemList): Shape {
  const known = [...otherKeys, ...Object.keys(registries.sources)]
  const meant = new Set<string>()
  for (const { key, keyAt } of document.entries) {
    if (known.includes(key)) continue
    problems.add('UNKNOWN_OPTION', keyAt, '', `a pipeline has no '${key}'${didYouMean(key, known)}`)
    meant.add(nearest(key, known) ?? '')
  }
  // What was mistyped is not missing too: one mistake, one line.
  const needs: Needs = (names, what) => {
    if (!names.some((name) => meant.has(name))) problems.add('OPTION_MISSING', document.at, '', `a pipeline needs ${what}`)
  }
  const about = entryOf(document, 'about')
  if (about && textOf(about.value) === undefined) problems.add('OPTION_INVALID', about.value.at, 'about', 'must be text')
  const runtime = entryOf(document, 'runtime')
  const stages = entryOf(document, 'stages')
  return {
    output: readOutput(document, needs, problems),
    source: readSource(document, registries, needs, problems),
    stages: readParts(document, 'stages', writableStages(registries), needs, problems),
    stagesAt: stages?.keyAt ?? document.at,
    sinks: readParts(document, 'sinks', registries.sinks, needs, problems),
    runtime: readSection(runtime, runtimeOptions, document.at, problems),
    runtimeAt: entryOf(runtime?.value, 'memory')?.value.at ?? runtime?.keyAt ?? document.at,
  }
}

const textOf = (node: YamlNode): string | undefined => (node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined)
const isEmpty = (node: YamlNode) => node.kind === 'scalar' && node.value === null

function readOutput(document: YamlMap, needs: Needs, problems: ProblemList): Shape['output'] {
  const entry = entryOf(document, 'output')
  const folder = entry && textOf(entry.value)
  if (entry?.value.kind === 'scalar' && entry.value.broken) return undefined
  if (!entry) needs(['output'], 'output:, the folder of its results')
  else if (!folder) problems.add('OPTION_INVALID', entry.value.at, 'output', 'must be the folder of the results')
  return entry && folder ? { folder, at: entry.value.at } : undefined
}

function readSource(document: YamlMap, { sources }: Registries, needs: Needs, problems: ProblemList): Shape['source'] {
  const given = document.entries.filter(({ key }) => Object.hasOwn(sources, key))
  const names = Object.keys(sources)
  const [first, second] = given
  if (second) {
    problems.add('SOURCE_TWICE', second.keyAt, '', `a pipeline has one source: ${given.map(({ key }) => `${key}:`).join(' or ')}, not both`)
  }
  if (!first) {
    needs(names, `its input: ${names.map((name) => `${name}:`).join(' or ')}`)
    return undefined
  }
  return readPart(first, sources[first.key]!, first.key, problems)
}

/** A list of stages or sinks: each a name, or a map from one name to its options. */
function readParts<Spec extends { readonly options: OptionsSpec }>(
  document: YamlMap,
  section: 'stages' | 'sinks',
  specs: Readonly<Record<string, Spec>>,
  needs: Needs,
  problems: ProblemList,
): (Draft<Spec> | undefined)[] {
  const entry = entryOf(document, section)
  const kind = section.slice(0, -1)
  if (!entry) needs([section], `${section}:`)
  else if (isEmpty(entry.value)) problems.add('OPTION_MISSING', entry.keyAt, section, `must name at least one ${kind}`)
  if (!entry || isEmpty(entry.value)) return []
  if (entry.value.kind !== 'list') {
    problems.add('OPTION_INVALID', entry.value.at, section, `must be a list: one ${kind} a line, each after a dash`)
    return []
  }
  if (entry.value.items.length === 0) problems.add('OPTION_MISSING', entry.value.at, section, `must name at least one ${kind}`)
  return entry.value.items.map((item, i) => {
    const where = `${section}[${i}]`
    const named = nameOf(item)
    if (!named) {
      const several = item.kind === 'map' && item.entries.length > 1
      const hint = several
        ? `names ${item.entries.map((e) => e.key).join(' and ')}; start each with its own dash`
        : `must be the name of a ${kind}`
      problems.add('OPTION_INVALID', item.at, where, hint)
      return undefined
    }
    const { key, keyAt } = named
    if (Object.hasOwn(specs, key)) return readPart(named, specs[key]!, `${where}.${key}`, problems)
    const what =
      key === setStage
        ? `'${key}' is put in by itself for patches:; leave it out`
        : `there is no ${kind} '${key}'${didYouMean(key, Object.keys(specs))}`
    problems.add(
      section === 'stages' ? 'UNKNOWN_STAGE' : 'UNKNOWN_SINK',
      keyAt,
      where,
      what.startsWith("'") ? what : `names '${key}': ${what}`,
    )
    return undefined
  })
}

/** `extract`, `extract:` and `extract: { … }` as one. */
function nameOf(item: YamlNode): YamlEntry | undefined {
  if (item.kind === 'map') return item.entries.length === 1 ? item.entries[0] : undefined
  const name = textOf(item)
  return name === undefined ? undefined : { key: name, keyAt: item.at, value: { kind: 'scalar', at: item.at, value: null, quoted: false } }
}

function readPart<Spec extends { readonly options: OptionsSpec }>(
  entry: YamlEntry,
  spec: Spec,
  where: string,
  problems: ProblemList,
): Draft<Spec> {
  const { key: name, keyAt: at, value } = entry
  const draft = { spec, name, at, where, node: value.kind === 'map' ? value : null }
  if (value.kind === 'map' || isEmpty(value)) return { ...draft, options: readOptions(spec.options, draft.node, at, where, problems) }
  problems.add('OPTION_INVALID', value.at, where, `takes options by name: { ${Object.keys(spec.options)[0] ?? 'name'}: … }`)
  return { ...draft, options: undefined }
}

function readSection(entry: YamlEntry | undefined, spec: OptionsSpec, start: Position, problems: ProblemList): ReadOptions | undefined {
  if (!entry || isEmpty(entry.value)) return readOptions(spec, null, start, 'runtime', problems)
  return readPart(entry, { options: spec }, entry.key, problems).options
}
