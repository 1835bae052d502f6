/** From a checked shape to the plan: columns, memory, fingerprint, segments; frozen. Problems that only the whole shows are added. */

import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { askedModels, planFor, spoken } from '../../core/columns/asked.js'
import { kindOf } from '../../core/devices.js'
import { decodedFast, providedIn } from '../../core/roles.js'
import type { Column } from '../../core/row.js'
import { type AnySinkSpec, type Provenance, patchTable } from '../../core/sink.js'
import type { AnySourceSpec } from '../../core/source.js'
import type { AnyStageSpec, PlanContext } from '../../core/stage.js'
import type { Position, ProblemList } from '../document/problems.js'
import { nodeAt } from '../document/yaml-node.js'
import type { Environment } from '../environment/environment.js'
import { exportsOf, type ModuleExports } from '../environment/modules/exports.js'
import { hashOfModule } from '../environment/modules/graph.js'
import { planFingerprint } from '../plan/fingerprint.js'
import { cardMemoryOf, excessOf, farHolds, type Holding, memoryOf, openSlideHolds } from '../plan/memory.js'
import type { Plan, PlannedSink, PlannedStage, Runtime } from '../plan/plan-type.js'
import { awayFromLanes, mayFallToLanes, segmentsFor } from '../plan/segments-of-plan.js'
import { schemaVersion, tiastreamVersion } from '../plan/version.js'
import { typesOf } from '../store/carried-types.js'
import { mustBeAskedOnce } from './asked-once.js'
import type { Cards } from './check-cards.js'
import { checkFit } from './check-fit.js'
import type { Draft } from './check-shape.js'
import { columnsOf } from './columns.js'
import { completeStages } from './complete.js'
import { pathColumns } from './path-columns.js'

/** Everything checked that a plan is made of. */
export interface Parts {
  /** Absent for a pipeline that was given as an object. */
  readonly file?: string
  readonly folder: string
  readonly output: string
  readonly source: Draft<AnySourceSpec>
  /** With the hidden stage of a set in front. */
  readonly stages: readonly Draft<AnyStageSpec>[]
  readonly sinks: readonly Draft<AnySinkSpec>[]
  readonly cards: Cards
  readonly carried: readonly Column[]
  readonly found: Plan['found']
  readonly runtime: Runtime
  readonly runtimeAt: Position
  readonly warnings: readonly string[]
}

export async function planOf(parts: Parts, environment: Environment, problems: ProblemList): Promise<Plan | undefined> {
  const { file, folder, output, source, cards, runtime } = parts
  const completed = completeStages(parts.stages, source.spec.kind, cards, problems)
  if (!completed) return undefined
  const { context } = completed
  if (!mustBeAskedOnce(parts.stages, completed.stages, context, problems)) return undefined
  const unfit = checkFit(parts.stages, completed.stages, context, problems)
  const columns = columnsOf(
    parts.stages,
    completed.stages,
    context,
    { where: source.where, at: source.at, columns: parts.carried },
    problems,
  )
  const { stages } = columns
  const sinks = planSinks(parts.sinks, { ...context, columns: columns.final }, problems)
  const tables = sinks.filter(({ name }) => name === 'parquet').map((sink) => sink.file)
  const warnings = [...parts.warnings, ...unfit, ...pathColumns(output, tables, columns.final)]
  const devices = [...new Set(providedIn(stages, 'answers').flatMap((answers) => answers.devices.map(kindOf)))]
  const apart = awayFromLanes(stages)
  const fallen = new Set([...apart].filter((model) => !mayFallToLanes(stages, model)))
  const segments = segmentsFor(stages, apart)
  const { holds } = source.spec
  const given = [
    ...(holds === undefined ? [] : [{ what: 'pixels that the program gave', bytes: holds }]),
    ...openSlideHolds({ ...source.options }, runtime),
    ...farHolds({ ...source.options }, runtime),
  ]
  const holding: Holding = { stages, sinks, context, runtime, environment }
  const heldWith = (models: ReadonlySet<string>) => [...memoryOf(holding, models), ...given]
  const memory = heldWith(apart)
  const excess = excessOf(memory, runtime.memory)
  if (excess !== null) problems.add('MEMORY_EXCEEDED', parts.runtimeAt, 'runtime.memory', excess)
  const plannedSource = { name: source.name, kind: source.spec.kind, options: source.options ?? {}, types: typesOf(parts.carried) }
  const modules = await modulesOf(parts.stages, stages, folder, problems)
  const plugins = await pluginsOf(environment)
  const reading = new Set(parts.stages.filter(({ spec }) => spec.files !== undefined).map(({ name }) => name))
  const fingerprint = planFingerprint({ source: plannedSource, stages, cards, columns: columns.merged, modules, plugins, reading })
  const plan: Omit<Plan, 'environment'> = {
    ...(file === undefined ? {} : { file }),
    folder,
    output,
    found: parts.found,
    source: plannedSource,
    plugins,
    stages,
    segments,
    sinks,
    columns: columns.final,
    mergedColumns: columns.merged,
    cards: { ...cards },
    devices,
    runtime,
    memory,
    ...(apart.size > 0 ? { cardMemory: cardMemoryOf(holding, apart) } : {}),
    ...(fallen.size < apart.size ? { memoryInLanes: heldWith(fallen) } : {}),
    provenance: provenanceOf(stages, context, fingerprint),
    warnings,
  }
  // An environment is code, with types of options that complete themselves when they are first asked.
  return Object.freeze({ environment, ...deepFreeze(plan) })
}

function planSinks(
  sinks: readonly Draft<AnySinkSpec>[],
  context: PlanContext & { columns: readonly Column[] },
  problems: ProblemList,
): PlannedSink[] {
  return sinks.map(({ spec, name, options, node, at, where }) => {
    const narrowed = typeof options?.model === 'string' ? planFor(context, options.model) : context
    if (typeof narrowed === 'string') problems.add('OPTION_INVALID', node ? nodeAt(node, ['model']).at : at, `${where}.model`, narrowed)
    const { table = patchTable } = spec
    if (table !== patchTable)
      problems.add('KINDS_DO_NOT_MEET', at, where, `takes rows of the table '${table}', and the stages give ${patchTable} only`)
    const wrong = typeof narrowed === 'string' ? [] : spec.problems?.(options ?? {}, narrowed)
    for (const message of wrong ?? []) problems.addApart('OPTION_INVALID', at, where, message)
    return { name, file: typeof options?.file === 'string' ? options.file : spec.file, options: options ?? {} }
  })
}

/** The user's own code that shapes rows can change them: its content counts, and that of what it imports. */
async function modulesOf(
  drafts: readonly Draft<AnyStageSpec>[],
  stages: readonly PlannedStage[],
  folder: string,
  problems: ProblemList,
): Promise<Record<string, string>> {
  const modules: Record<string, string> = {}
  for (const [i, { options }] of stages.entries()) {
    const { module } = options
    if (typeof module !== 'string') continue
    const file = path.resolve(folder, module)
    const { at, where } = drafts[i]!
    try {
      modules[module] = await hashOfModule(file)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      problems.add('FILE_MISSING', at, `${where}.module`, `is ${file}, which cannot be read (${code ?? message})`)
      continue
    }
    const found = await exportsOf(file)
    // One that takes long is not judged: the run waits for it.
    if (found === 'late' || found === null) continue
    if ('error' in found) problems.add('ROWS_MODULE', at, `${where}.module`, `is ${file}, which does not load: ${found.error}`)
    else if (!found.functions.includes(String(options.export))) {
      problems.add('ROWS_MODULE', at, `${where}.export`, missingExport(String(options.export), found))
    }
  }
  return modules
}

/** With the hash of all they are made of. */
const pluginsOf = ({ plugins }: Environment): Promise<Plan['plugins']> =>
  Promise.all(plugins.map(async (plugin) => ({ ...plugin, sha256: await hashOfModule(fileURLToPath(plugin.module)) })))

function missingExport(name: string, { names, functions }: ModuleExports): string {
  const what = names.includes(name) ? 'which is no function of the module' : 'which the module does not export'
  return `is '${name}', ${what}; ${functions.length > 0 ? `its functions are ${functions.join(', ')}` : 'it has no function'}`
}

function provenanceOf(stages: readonly PlannedStage[], context: PlanContext, fingerprint: string): Provenance {
  const [grid] = providedIn(stages, 'grid')
  return {
    schemaVersion,
    tiastreamVersion,
    fingerprint,
    ...spoken(askedModels(context).map(({ card }) => card)),
    ...(grid ? { grid } : {}),
    ...decodedFast(stages),
  }
}

/** Typed arrays cannot be frozen; nobody writes to those. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
