/** A plugin: sources, readers, stages and sinks of somebody else, under a name and a version. Plain data and functions; no class, no registration. */

import type { Item } from '../../core/items.js'
import type { Options, OptionsSpec } from '../../core/options.js'
import type { AnySinkSpec } from '../../core/sink.js'
import type { AnySourceSpec } from '../../core/source.js'
import type { AnyStage, AnyStageSpec, Stage, StageSpec } from '../../core/stage.js'
import type { Reader } from '../../readers/format.js'

/** A stage with what it does: `load` imports it where it runs, in a lane for a stage of pixels. */
export interface PluginStageSpec<From extends Item = Item, To extends Item = Item, S extends OptionsSpec = OptionsSpec>
  extends StageSpec<From, To, S> {
  readonly load: () => Promise<{ readonly default: (options: Options<S>) => Stage<From, To> }>
}

/** A stage of a plugin whose types are known only to itself. */
export type AnyPluginStage = AnyStageSpec & { readonly load: () => Promise<{ readonly default: (options: never) => AnyStage }> }

export interface Plugin {
  /** As the package is called: `@lab/tiastream-nuclei`. Two plugins of one name do not go together. */
  readonly name: string
  /** Its version, which goes into the record of every run. */
  readonly version: string
  /**
   * The address of the module whose default export this is: `import.meta.url`. Threads load it again by that address. A pipeline file names
   * the module itself and does not need it; `withPlugins` does.
   */
  readonly module?: string
  readonly sources?: readonly AnySourceSpec[]
  readonly readers?: readonly Reader[]
  readonly stages?: readonly AnyPluginStage[]
  readonly sinks?: readonly AnySinkSpec[]
}

/**
 * A plugin as a frozen value: what its module exports as default. Nothing is checked here; whoever loads it says what is wrong with it.
 *
 * @example
 * export default definePlugin({ name: '@lab/nuclei', version: '1.0.0', module: import.meta.url, stages: [count], sinks: [table] })
 */
export const definePlugin = (plugin: Plugin): Plugin => Object.freeze(plugin)

/** A stage of a plugin, with its types checked: what it is, and what it does. */
export const definePluginStage = <From extends Item, To extends Item, S extends OptionsSpec>(
  spec: PluginStageSpec<From, To, S>,
): PluginStageSpec<From, To, S> => spec

/** A reader, with its types checked: how it knows a file, and what opens it. */
export const defineReader = (reader: Reader): Reader => reader
