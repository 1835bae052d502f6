/** One gate before everything: all problems of a pipeline file at once, each with its place; and the plan, when there are none. */

import path from 'node:path'
import { isAddress } from '../../core/address.js'
import { pathGiven } from '../../core/argument.js'
import { PipelineError } from '../../core/errors.js'
import type { AnySinkSpec } from '../../core/sink.js'
import type { AnyStageSpec } from '../../core/stage.js'
import { inOneLine } from '../../core/text/in-one-line.js'
import { untilAborted } from '../../flow/until-aborted.js'
import { parseTree, readDocument } from '../document/document.js'
import { treeOfObject } from '../document/object.js'
import { mustHaveNone, type Position, type Problem, ProblemList } from '../document/problems.js'
import { replaceVars } from '../document/vars.js'
import { entryOf, isEmpty, type YamlMap, type YamlNode } from '../document/yaml-node.js'
import { defaultEnvironment } from '../environment/default.js'
import { type Environment, setStage } from '../environment/environment.js'
import type { Plan } from '../plan/plan-type.js'
import { runtimeOf } from '../plan/runtime.js'
import { knownTypes } from '../store/carried-types.js'
import { flatTables } from '../store/layout.js'
import { normalAddress } from '../store/output-address.js'
import { outputFolder } from '../store/output-folder.js'
import { storeOf } from '../store/store-of.js'
import { readCards } from './check-cards.js'
import { checkSource, checkTemplates, type SourceFound } from './check-files.js'
import { type CheckOptions, type Frozen, fileGiven } from './check-given.js'
import { checkKinds } from './check-kinds.js'
import { checkOutput } from './check-output.js'
import { checkSet } from './check-set.js'
import { type Draft, readShape, type Shape } from './check-shape.js'
import { planOf } from './plan-of.js'
import type { PluginChoice } from './plugins.js'

export interface Checked {
  readonly problems: readonly Problem[]
  /** There exactly when there are no problems. */
  readonly plan?: Plan
}

export async function checkPipeline(
  file: string | URL,
  options: CheckOptions = {},
  environment: Environment = defaultEnvironment,
): Promise<Checked> {
  const absolute = path.resolve(fileGiven('checkPipeline', file, options, environment))
  return unlessAborted(options.signal, async () => {
    const problems = new ProblemList(absolute)
    const document = await readMap(absolute, problems, options.frozen?.text)
    const replaced = document && replaceVars(document, { vars: options.vars ?? {}, env: options.env ?? process.env }, problems)
    return checked({ file: absolute, folder: folderOf(absolute) }, replaced, options, environment, problems)
  })
}

/** Lists and models may lie on servers, and sources be a user's own: nobody who is told to stop waits for them. */
async function unlessAborted<T>(signal: AbortSignal | null | undefined, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted()
  return signal ? untilAborted(work(), signal) : work()
}

/** Where relative paths start: where the file lies, or, of one that comes through a pipe, where one stands. */
const folderOf = (file: string): string => (isPassing(file) ? process.cwd() : path.dirname(file))

/** `/dev/stdin`, and `<(…)` of a shell: it lies nowhere, and can be read once. A file in `/dev/shm`, a disk in memory, lies there. */
export const isPassing = (file: string): boolean => /^\/(dev\/(stdin$|fd\/)|proc\/.+\/fd\/)/.test(path.resolve(file))

/**
 * The same for a pipeline given as an object. Its texts are what they are: no vars, no `~`. Problems have no file, and values are counted where a
 * file has lines.
 */
export async function checkObject(
  pipeline: Readonly<Record<string, unknown>>,
  folder: string,
  options: Pick<CheckOptions, 'output' | 'runtime' | 'signal'> = {},
  environment: Environment = defaultEnvironment,
): Promise<Checked> {
  return unlessAborted(options.signal, () => {
    const problems = new ProblemList('')
    return checked({ folder: path.resolve(folder) }, treeOfObject(pipeline, problems), options, environment, problems)
  })
}

async function checked(
  place: Place,
  document: YamlMap | undefined,
  options: CheckOptions,
  environment: Environment,
  problems: ProblemList,
): Promise<Checked> {
  const plan = document
    ? await checkDocument(place, document, options, environment, problems).catch((error: unknown) =>
        tellPlugin(error, entryOf(document, 'plugins')?.keyAt ?? document.at, problems),
      )
    : undefined
  return { problems: problems.sorted(), ...(plan && !problems.any ? { plan } : {}) }
}

/** Where a pipeline stands: in a file, or only in a folder. */
type Place = Pick<Plan, 'file' | 'folder'>

/** The environment of a pipeline file: the default one, and its plugins. Throws PipelineError with what is wrong with them. */
export async function readEnvironment(file: string, options: CheckOptions = {}): Promise<Environment> {
  const absolute = path.resolve(file)
  const problems = new ProblemList(absolute)
  const document = await readMap(absolute, problems)
  const replaced = document && replaceVars(document, { vars: options.vars ?? {}, env: options.env ?? process.env }, problems)
  const all = replaced && (await environmentWith(replaced, folderOf(absolute), defaultEnvironment, options, problems))
  mustHaveNone(problems.sorted())
  return all!
}

/** Only a pipeline with plugins loads what lets them in. */
async function environmentWith(
  document: YamlMap,
  folder: string,
  given: Environment,
  choice: PluginChoice,
  problems: ProblemList,
): Promise<Environment | undefined> {
  if (!entryOf(document, 'plugins')) return given
  return (await import('./plugins.js')).environmentWith(document, folder, given, choice, problems)
}

/** What a plugin was asked about its parts, and failed. */
function tellPlugin(error: unknown, at: Position, problems: ProblemList): undefined {
  if (!(error instanceof PipelineError) || !error.code.startsWith('PLUGIN_')) throw error
  problems.addApart(error.code, at, 'plugins', inOneLine(error))
}

async function readMap(file: string, problems: ProblemList, text?: string): Promise<YamlMap | undefined> {
  const tree = text === undefined ? await readDocument(file, problems) : parseTree(text, problems)
  if (!tree || tree.kind === 'map') return tree
  const empty = isEmpty(tree)
  problems.add(
    'OPTION_INVALID',
    tree.at,
    '',
    empty ? 'this pipeline is empty' : `a pipeline is a map with output:, an input, stages: and sinks:${remedyFor(tree)}`,
  )
  return undefined
}

function remedyFor(tree: YamlNode): string {
  const dashes = tree.kind === 'list' && tree.items.length > 0 && tree.items.every(({ kind }) => kind === 'map')
  return dashes ? '; take the dashes at the start of the lines away' : ''
}

async function checkDocument(
  place: Place,
  document: YamlMap,
  options: CheckOptions,
  given: Environment,
  problems: ProblemList,
): Promise<Plan | undefined> {
  const { file, folder } = place
  const { signal } = options
  const environment = await environmentWith(document, folder, given, options, problems)
  // What the parts are of a plugin that cannot be used is not known: nothing would be.
  if (environment === undefined) return undefined
  const shape = readShape(document, environment, problems, file === undefined)
  checkKinds(shape, environment, problems)
  const stages = withHidden(shape, environment)
  const cards = await readCards(stages, { folder, signal }, problems)
  const allFine = !problems.any
  const own = !options.output && shape.output ? outputFolder(place, shape.output.folder) : undefined
  const named = shape.withoutFiles ? '' : own?.folder
  const asked = options.output === undefined || options.output === null ? undefined : outputGiven(options.output)
  const output = asked === undefined ? named : givenOutput(asked)
  // Where it cannot be looked into, nothing more is asked of it.
  const canBe = output
    ? await checkOutput(output, asked ?? shape.output?.folder ?? output, shape.output?.at ?? document.at, problems)
    : false
  const sinks = await asBegun(
    shape.sinks.filter((sink) => sink !== undefined),
    canBe ? output : undefined,
  )
  const templates = checkTemplates(sinks, environment, problems)
  const known = { ...(output && canBe ? await knownTypes(await storeOf(output)) : {}), ...options.types }
  const found =
    shape.source &&
    (options.frozen
      ? foundBefore(options.frozen)
      : await checkSource(shape.source, { folder, output, known, signal }, { sinks: templates, stages }, problems))
  const { source, runtime } = shape
  const sized = source && found ? await checkSet(source, found, { stages, cards, signal }, problems) : []
  if (!allFine || !source?.options || !runtime || output === undefined) return undefined
  return planOf(
    {
      ...place,
      output,
      source,
      stages,
      sinks: sinks.filter((sink) => sink.options),
      cards,
      carried: found?.columns ?? [],
      found: { slides: found?.slides ?? 0, pictures: found?.pictures ?? 0 },
      runtime: { ...runtimeOf(runtime), ...givenOf(options.runtime ?? {}) },
      runtimeAt: shape.runtimeAt,
      warnings: [...(own?.warnings ?? []), ...(found?.warnings ?? []), ...sized],
    },
    environment,
    problems,
  )
}

/** A text that is no place to write to is told with all else that is wrong. */
const outputGiven = (output: string | URL): string => (typeof output === 'string' ? output : pathGiven('output', output))

/** As the command line says it. */
const givenOutput = (written: string): string => (isAddress(written) ? normalAddress(written) : path.resolve(written))

/** Without what is undefined or null. */
const givenOf = <T extends object>(options: T): Partial<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null)) as Partial<T>

/** Its slides were looked at when it was frozen. */
const foundBefore = ({ carried, found }: Frozen): SourceFound => ({ ...found, columns: carried, sets: [], warnings: [] })

/** Tables that are given no name lie where those of the output lie already. */
async function asBegun(sinks: readonly Draft<AnySinkSpec>[], output: string | undefined): Promise<readonly Draft<AnySinkSpec>[]> {
  const file = output ? await flatTables(await storeOf(output)) : undefined
  if (file === undefined) return sinks
  return sinks.map((sink) => {
    const isNamed = sink.node?.entries.some(({ key }) => key === 'file') === true
    return sink.name !== 'parquet' || isNamed || !sink.options ? sink : { ...sink, options: { ...sink.options, file } }
  })
}

/** The known stages; for a set with the one that makes its pictures patches. */
function withHidden({ source, stages, stagesAt }: Shape, environment: Environment): readonly Draft<AnyStageSpec>[] {
  const known = stages.filter((stage) => stage !== undefined)
  const spec = environment.stages[setStage]
  if (source?.spec.kind !== 'set' || !spec) return known
  return [{ spec, name: setStage, at: stagesAt, where: source.name, node: null, options: {} }, ...known]
}
