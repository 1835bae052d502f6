/** An environment with more in it. */

import { fileURLToPath } from 'node:url'
import { PipelineError } from '../../core/errors.js'
import { type Environment, environmentOf, type KnownPlugin, mustBeEnvironment, sections } from './environment.js'
import { guardedSink } from './guard/sink.js'
import { guardedSource } from './guard/source.js'
import { guardedSpec } from './guard/spec.js'
import { laneWith } from './lane-plugins.js'
import type { Plugin } from './plugin.js'
import { pluginProblems } from './plugin-form.js'

/**
 * The environment with the sources, readers, stages and sinks of the plugins; the one that was given stays as it is. Files are shown to the
 * readers of plugins first. Each plugin says where its module is (`module: import.meta.url`): threads load it from there, and its content is
 * part of the fingerprint.
 *
 * Throws PipelineError: PLUGIN_INVALID for a value that is no plugin, PLUGIN_CLASH for a name that is taken.
 *
 * @example
 * const environment = withPlugins(defaultEnvironment, nuclei)
 * await runPipeline(await readPlan('pipeline.yml', {}, environment))
 */
export function withPlugins(environment: Environment, ...plugins: readonly Plugin[]): Environment {
  mustBeEnvironment('withPlugins', environment ?? null)
  return plugins.reduce(withPlugin, environment)
}

function withPlugin(environment: Environment, plugin: Plugin): Environment {
  const known = knownOf(plugin)
  // Given and named in the pipeline file, too: it is there.
  if (environment.plugins.some(({ name, module }) => name === known.name && module === known.module)) return environment
  mustBeFree(environment, plugin)
  const { name, sources = [], stages = [], sinks = [] } = plugin
  const named = <T extends Named>(parts: readonly T[], guard: (part: T) => T) =>
    Object.fromEntries(parts.map((part) => [part.name, remembered(part, guard(part))]))
  return environmentOf({
    ...laneWith(environment, [plugin]),
    sources: { ...environment.sources, ...named(sources, (spec) => guardedSource(spec, name)) },
    stages: { ...environment.stages, ...named(stages, (spec) => guardedSpec(spec, { kind: 'stage', name: spec.name, plugin: name })) },
    sinks: { ...environment.sinks, ...named(sinks, (spec) => guardedSink(spec, name)) },
    plugins: [...environment.plugins, known],
  })
}

interface Named {
  readonly name: string
  readonly summary: string
}

/** What plugins gave, by the guard that stands for it. */
const given = new WeakMap<Named, Named>()

function remembered<T extends Named>(part: T, guarded: T): T {
  given.set(guarded, part)
  return guarded
}

/** Whether the part of an environment is the one that the program holds. What another copy of the same package made is told by its sentence. */
export const isOf = (known: Named, held: Named): boolean => known === held || given.get(known) === held || known.summary === held.summary

function knownOf(plugin: Plugin): KnownPlugin {
  const [problem] = pluginProblems(plugin)
  if (problem !== undefined)
    throw new PipelineError('PLUGIN_INVALID', `this is no plugin: ${problem}`, { hint: 'definePlugin({ … }) makes one' })
  const { name, version, module } = plugin
  if (module !== undefined && isFile(module)) return { name, version, module }
  throw new PipelineError('PLUGIN_INVALID', `the plugin ${name} does not say in which file it is: its 'module' is ${module ?? 'absent'}`, {
    hint: 'write definePlugin({ module: import.meta.url, … }) in a module of its own: threads load it from there',
  })
}

function isFile(module: string): boolean {
  try {
    return fileURLToPath(module) !== ''
  } catch {
    return false
  }
}

/** No name stands for two things. */
function mustBeFree(environment: Environment, { name, ...plugin }: Plugin): void {
  const same = environment.plugins.find((other) => other.name === name)
  if (same) throw clash(`two plugins are called ${name}: ${same.module} and ${plugin.module}`, 'leave one out, or give it another name')
  for (const kind of ['source', 'reader', 'stage', 'sink'] as const) {
    const taken = new Map<string, string>(takenBy(environment, kind))
    for (const part of plugin[`${kind}s`] ?? []) {
      const owner = taken.get(part.name)
      if (owner) throw clash(`the plugin ${name} has a ${kind} '${part.name}', which is ${owner}`, 'give it another name')
      taken.set(part.name, `another ${kind} of it`)
    }
  }
}

function takenBy(environment: Environment, kind: 'source' | 'reader' | 'stage' | 'sink'): readonly (readonly [string, string])[] {
  const names = kind === 'reader' ? environment.readers.map(({ name }) => name) : Object.keys(environment[`${kind}s`])
  const owned = names.map((name) => [name, `a ${kind} already`] as const)
  return kind === 'source' ? [...owned, ...sections.map((name) => [name, 'a section of a pipeline'] as const)] : owned
}

const clash = (fact: string, hint: string) => new PipelineError('PLUGIN_CLASH', fact, { hint })
