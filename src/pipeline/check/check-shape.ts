/** The document as sections: source, stages, sinks, runtime, output. Every unknown key and name is a problem; the rest is kept. */

import { recordOf } from '../../core/errors.js'
import type { OptionsSpec } from '../../core/options.js'
import type { AnySinkSpec } from '../../core/sink.js'
import type { AnySourceSpec } from '../../core/source.js'
import type { AnyStageSpec } from '../../core/stage.js'
import type { Position, ProblemList } from '../document/problems.js'
import { entryOf, isEmpty, plainOf, textOf, type YamlEntry, type YamlMap } from '../document/yaml-node.js'
import { type Environment, setStage, writableStages } from '../environment/environment.js'
import { runtimeOptions } from '../plan/runtime.js'
import { type ReadOptions, readOptions } from './check-options.js'
import { oddOption } from './odd-option.js'
import { listProblem, nameOf, optionsFor, partProblem } from './part-name.js'
import { unknownPart } from './unknown-names.js'
import { isSinkOnly, sourceText, unknownSections } from './unknown-sections.js'

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
  /** It has neither output nor sinks, and may: its rows are streamed. */
  readonly withoutFiles: boolean
  readonly output: { readonly folder: string; readonly at: Position } | undefined
  readonly source: Draft<AnySourceSpec> | undefined
  /** Undefined in place of a stage that is not known. */
  readonly stages: readonly (Draft<AnyStageSpec> | undefined)[]
  readonly stagesAt: Position
  readonly sinks: readonly (Draft<AnySinkSpec> | undefined)[]
  readonly runtime: ReadOptions | undefined
  readonly runtimeAt: Position
}

/** A document while its sections are read. */
interface Reading {
  readonly document: YamlMap
  readonly environment: Environment
  /** Sections that a mistyped name means: they are told of, and so not missing too. */
  readonly meant: ReadonlySet<string>
  /** Tells that a section is missing, unless its name was mistyped. */
  readonly needs: (names: readonly string[], what: string) => void
  readonly problems: ProblemList
}

/** `mayStream`: output and sinks may both be left out. */
export function readShape(document: YamlMap, environment: Environment, problems: ProblemList, mayStream = false): Shape {
  const meant = unknownSections(document, environment, problems)
  const fileSections = ['output', 'sinks']
  const withoutFiles = mayStream && !fileSections.some((name) => entryOf(document, name) || meant.has(name))
  // What was mistyped is not missing too: one mistake, one line.
  const needs: Reading['needs'] = (names, what) => {
    if (withoutFiles && names.some((name) => fileSections.includes(name))) return
    if (!names.some((name) => meant.has(name))) problems.add('OPTION_MISSING', document.at, '', `a pipeline needs ${what}`)
  }
  const reading: Reading = { document, environment, meant, needs, problems }
  const about = entryOf(document, 'about')
  if (about && textOf(about.value) === undefined) problems.add('OPTION_INVALID', about.value.at, 'about', 'must be text')
  const runtime = entryOf(document, 'runtime')
  const stages = entryOf(document, 'stages')
  return {
    withoutFiles,
    output: readOutput(reading),
    source: readSource(reading),
    stages: readParts('stages', writableStages(environment), reading),
    stagesAt: stages?.keyAt ?? document.at,
    sinks: readParts('sinks', environment.sinks, reading),
    runtime: readRuntime(runtime, reading),
    runtimeAt: entryOf(runtime?.value, 'memory')?.value.at ?? runtime?.keyAt ?? document.at,
  }
}

function readOutput({ document, needs, problems }: Reading): Shape['output'] {
  const entry = entryOf(document, 'output')
  const folder = entry && textOf(entry.value)
  if (entry?.value.kind === 'scalar' && entry.value.broken) return undefined
  if (!entry) needs(['output'], 'output:, the folder of its results')
  else if (!folder)
    problems.add('OPTION_INVALID', entry.value.at, 'output', `must be the folder of the results${folderIn(plainOf(entry.value))}`)
  else if (folder.endsWith(',')) problems.add('OPTION_INVALID', entry.value.at, 'output', `is '${folder}': take the comma away`)
  return entry && folder ? { folder, at: entry.value.at } : undefined
}

/** A number that is a name, or a folder in a list or a map. */
function folderIn(value: unknown): string {
  if (typeof value === 'number') return `: write "${value}"`
  const inside = typeof value === 'object' && value !== null ? Object.values(value) : []
  const [folder] = inside.filter((text) => typeof text === 'string')
  return folder === undefined ? '' : `: write output: ${folder}`
}

function readSource(reading: Reading): Shape['source'] {
  const { document, needs, meant, problems } = reading
  const { sources } = reading.environment
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
  const spec = sources[first.key]!
  const better = sourceText(first.value)
  if (first.value.kind !== 'map' && !isEmpty(first.value) && better !== '') {
    problems.add('OPTION_INVALID', first.value.at, first.key, `takes options by name: ${better}`)
    return { spec, name: first.key, at: first.keyAt, where: first.key, node: null, options: undefined }
  }
  const draft = readPart(first, spec, first.key, reading)
  // Its options stand beside it, and that is told.
  return meant.has(first.key) ? { ...draft, options: undefined } : draft
}

/** A list of stages or sinks: each a name, or a map from one name to its options. */
function readParts<Spec extends { readonly options: OptionsSpec }>(
  section: 'stages' | 'sinks',
  specs: Readonly<Record<string, Spec>>,
  reading: Reading,
): (Draft<Spec> | undefined)[] {
  const { document, environment, needs, meant, problems } = reading
  const entry = entryOf(document, section)
  const kind = section === 'stages' ? 'stage' : 'sink'
  if (!entry) needs([section], `${section}:`)
  else if (isEmpty(entry.value) && !meant.has(section))
    problems.add('OPTION_MISSING', entry.keyAt, section, `must name at least one ${kind}`)
  if (!entry || isEmpty(entry.value)) return []
  if (entry.value.kind !== 'list') {
    problems.add('OPTION_INVALID', entry.value.at, section, listProblem(section, entry.value, specs))
    return []
  }
  if (entry.value.items.length === 0) problems.add('OPTION_MISSING', entry.value.at, section, `must name at least one ${kind}`)
  return entry.value.items.map((item, i) => {
    const where = `${section}[${i}]`
    const named = nameOf(item)
    const problem = partProblem(item, kind, specs)
    if (problem !== undefined || !named) {
      if (!(item.kind === 'scalar' && item.broken))
        problems.add('OPTION_INVALID', item.at, where, problem ?? `must be the name of a ${kind}`)
      return undefined
    }
    const { key, keyAt } = named
    if (Object.hasOwn(specs, key)) return readPart(named, specs[key]!, `${where}.${key}`, reading)
    if (section === 'stages' && meant.has('sinks') && !entryOf(document, 'sinks') && isSinkOnly(key, environment)) return undefined
    const what = key === setStage ? `'${key}' is put in by itself for patches:; leave it out` : unknownPart(kind, key, environment)
    problems.add(
      section === 'stages' ? 'UNKNOWN_STAGE' : 'UNKNOWN_SINK',
      keyAt,
      where,
      what.startsWith("'") ? what : `names '${key}': ${what}`,
    )
    return undefined
  })
}

function readPart<Spec extends { readonly options: OptionsSpec; readonly alternatives?: readonly string[]; readonly placement?: string }>(
  entry: YamlEntry,
  spec: Spec,
  where: string,
  { environment, problems }: Reading,
): Draft<Spec> {
  const { key: name, keyAt: at, value } = entry
  const draft = { spec, name, at, where, node: value.kind === 'map' ? value : null }
  if (value.kind === 'map' || isEmpty(value)) return { ...draft, options: optionsOf(draft, environment, problems) }
  const plain = plainOf(value)
  if (typeof plain === 'boolean') {
    problems.add('OPTION_INVALID', value.at, where, plain ? `is no flag: write ${name} alone` : 'is no flag: take the line away')
    return { ...draft, options: undefined }
  }
  if (value.kind === 'list' && value.items.length > 0 && value.items.every(({ kind }) => kind === 'map')) {
    problems.add('OPTION_INVALID', value.at, where, 'takes options by name: take the dashes before them away')
    return { ...draft, options: undefined }
  }
  const found = optionsFor(plain, spec)
  const better =
    found.length === 0 || typeof plain === 'object'
      ? `{ ${Object.keys(spec.options)[0] ?? 'name'}: … }`
      : found.map((option) => `{ ${option}: ${quotedIn(plain)} }`).join(' or ')
  problems.add('OPTION_INVALID', value.at, where, `takes options by name: ${better}`)
  return { ...draft, options: undefined }
}

/** Types of a plugin may throw, or give what no plan holds. */
function optionsOf<Spec extends { readonly options: OptionsSpec; readonly placement?: string }>(
  { spec, node, at, where }: Omit<Draft<Spec>, 'options'>,
  environment: Environment,
  problems: ProblemList,
): ReadOptions | undefined {
  let options: ReadOptions | undefined
  try {
    options = readOptions({ spec: spec.options, node, at, where, problems, environment })
  } catch (error) {
    problems.add('PLUGIN_FAILED', at, where, `has an option whose type fails: ${recordOf(error).message}`)
    return undefined
  }
  const sent = spec.placement === 'pixels' || spec.placement === 'model'
  for (const [name, value] of Object.entries(options ?? {})) {
    const odd = oddOption(value, sent)
    if (odd === undefined) continue
    problems.add('PLUGIN_FAILED', at, `${where}.${name}`, `is made ${odd}, by the plugin: its type must give data`)
    return undefined
  }
  return options
}

/** As it stands between braces, where `{slide}` would be a map. */
const quotedIn = (plain: unknown): string => (/^[\w./ %-]+$/.test(String(plain)) ? String(plain) : JSON.stringify(plain))

function readRuntime(entry: YamlEntry | undefined, reading: Reading): ReadOptions | undefined {
  const { document, problems } = reading
  if (entry && !isEmpty(entry.value)) return readPart(entry, { options: runtimeOptions }, entry.key, reading).options
  return readOptions({ spec: runtimeOptions, node: null, at: document.at, where: 'runtime', problems })
}
