/** `plugins:` of a pipeline: found, loaded in a thread first, and let into the environment. What is wrong with one is told where it is named. */

import { pathToFileURL } from 'node:url'
import { PipelineError, recordOf } from '../../core/errors.js'
import { inOneLine } from '../../core/text/in-one-line.js'
import type { Position, ProblemList } from '../document/problems.js'
import { entryOf, isEmpty, plainOf, textOf, type YamlMap, type YamlNode } from '../document/yaml-node.js'
import type { Environment } from '../environment/environment.js'
import { exportsOf, longestLoad } from '../environment/modules/exports.js'
import { findModule } from '../environment/modules/find.js'
import { hashOfModule } from '../environment/modules/graph.js'
import { importPlugin } from '../environment/modules/import.js'
import type { Plugin } from '../environment/plugin.js'
import { pluginProblems } from '../environment/plugin-form.js'
import { withPlugins } from '../environment/with-plugins.js'

export interface PluginChoice {
  /** False: a pipeline with plugins is refused, and none is loaded. */
  readonly plugins?: boolean | undefined
  /** Milliseconds that one may take to load. */
  readonly longest?: number | undefined
}

/** The environment with the plugins of the document. Undefined (with problems) when one of them cannot be used. */
export async function environmentWith(
  document: YamlMap,
  folder: string,
  environment: Environment,
  { plugins = true, longest = longestLoad }: PluginChoice,
  problems: ProblemList,
): Promise<Environment | undefined> {
  const entry = entryOf(document, 'plugins')
  if (!entry || isEmpty(entry.value)) return environment
  if (!plugins) {
    const names = plainOf(entry.value)
    problems.add(
      'PLUGINS_REFUSED',
      entry.keyAt,
      'plugins',
      `names ${Array.isArray(names) ? names.join(', ') : String(names)}, and --no-plugins lets none in`,
    )
    return undefined
  }
  const before = problems.sorted().length
  let all = environment
  for (const [i, node] of itemsOf(entry.value, problems).entries()) {
    const where = `plugins[${i}]`
    const name = textOf(node)
    const plugin = name ? await loadPlugin(name, folder, longest) : noName
    if ('problem' in plugin) problems.add(plugin.code, node.at, where, plugin.problem)
    else all = letIn(all, plugin, node.at, where, problems)
  }
  return problems.sorted().length === before ? all : undefined
}

function itemsOf(list: YamlNode, problems: ProblemList): readonly YamlNode[] {
  if (list.kind === 'list') return list.items
  const written = textOf(list) ? `: write [${textOf(list)}]` : ''
  problems.add('OPTION_INVALID', list.at, 'plugins', `must be a list of files and packages${written}`)
  return []
}

type Loaded = Plugin | { readonly code: string; readonly problem: string }

const noName: Loaded = { code: 'OPTION_INVALID', problem: 'must be the file of a plugin (./mine.mjs) or the name of a package' }

/** As it was when this process first loaded it: a module is loaded once. */
const firstSeen = new Map<string, string>()

async function loadPlugin(name: string, folder: string, longest: number): Promise<Loaded> {
  const found = await findModule(name, folder)
  if ('missing' in found) return { code: 'PLUGIN_MISSING', problem: found.missing }
  const { file } = found
  const invalid = (problem: string): Loaded => ({ code: 'PLUGIN_INVALID', problem: `is ${file}, which ${problem}` })
  let hash: string
  try {
    hash = await hashOfModule(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return invalid(`cannot be read (${code ?? message})`)
  }
  const known = firstSeen.get(file)
  if (known !== undefined && known !== hash) {
    return { code: 'PLUGIN_CHANGED', problem: `is ${file}, which has changed since this program loaded it: start the program again` }
  }
  if (known === undefined) {
    // In a thread first, which can be ended.
    const exported = await exportsOf(file, longest)
    if (exported === 'late') return invalid(`has not loaded after ${longest / 1000} s: what it does belongs into the 'load' of its parts`)
    if (exported !== null && 'error' in exported) return invalid(`does not load: ${exported.error}`)
    if (exported !== null && !exported.names.includes('default')) {
      return invalid(
        `has no default export: write export default definePlugin({ … })${exported.names.length > 0 ? `; it exports ${exported.names.join(', ')}` : ''}`,
      )
    }
  }
  const module = pathToFileURL(file).href
  try {
    const value = await importPlugin(module, longest)
    firstSeen.set(file, hash)
    const [problem, ...more] = pluginProblems(value)
    if (problem === undefined) return { ...(value as Plugin), module }
    return invalid(`exports no plugin: ${problem}${more.length > 0 ? ` (and ${more.length} more)` : ''}`)
  } catch (error) {
    // What it exports may itself throw when it is looked at.
    if (!(error instanceof PipelineError)) return invalid(`exports no plugin: ${recordOf(error).message}`)
    return invalid(error.message.replace(`${module} `, ''))
  }
}

function letIn(environment: Environment, plugin: Plugin, at: Position, where: string, problems: ProblemList): Environment {
  try {
    return withPlugins(environment, plugin)
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    problems.addApart(error.code, at, where, inOneLine(error))
    return environment
  }
}
