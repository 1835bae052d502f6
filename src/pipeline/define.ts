/** A pipeline as an object, in TypeScript: what a YAML file says, its stages and sinks made by functions, their kinds checked by the compiler. */

import { anObject, aPath, aSignal, isObject, type Kind, mustBeOptions, pathGiven, shown } from '../core/argument.js'
import { PipelineError } from '../core/errors.js'
import type { Item } from '../core/items.js'
import type { AnySourceSpec } from '../core/source.js'
import { checkObject } from './check/check.js'
import { mustHaveNone } from './document/problems.js'
import { defaultEnvironment } from './environment/default.js'
import { type Environment, environmentOf, mustBeEnvironment } from './environment/environment.js'
import { guardedSource } from './environment/guard/source.js'
import { isOf } from './environment/with-plugins.js'
import type { Fits, SinkPart, SourcePart, Step, Written } from './parts.js'
import type { Plan, Runtime } from './plan/plan-type.js'
import { runtimeKinds, type runtimeOptions } from './plan/runtime.js'

/** The sections of a pipeline file, with steps in place of names. */
export interface PipelineObject<From extends Item, S extends readonly Step[]> {
  readonly source: SourcePart<From>
  /** From what the source gives to rows. */
  readonly stages: S
  /** With `output`; a pipeline without both is for `streamRows`. A list of none is as good as none. */
  readonly sinks?: readonly SinkPart[] | undefined
  /** Folder of the results, relative to `folder` of the options. */
  readonly output?: string | undefined
  readonly runtime?: Written<typeof runtimeOptions> | undefined
  readonly about?: string | undefined
}

export interface DefineOptions {
  /** Where relative paths start; the current folder unless given. */
  readonly folder?: string | URL | undefined
  /** In place of the object's `output`; relative to the current folder. */
  readonly output?: string | URL | undefined
  /** In place of the object's `runtime`. Lanes and slides are counts, memory is bytes. */
  readonly runtime?: Partial<Runtime> | undefined
  /** What its names stand for: that of tiastream itself unless given. */
  readonly environment?: Environment | undefined
  /** Once it is aborted its reason is thrown, no further slide is looked at, and no server is asked for a list or a model any more. */
  readonly signal?: AbortSignal | undefined
}

const optionKinds = { folder: aPath, output: aPath, runtime: anObject, environment: anObject, signal: aSignal } satisfies Record<
  keyof DefineOptions,
  Kind
>

/**
 * Checks a pipeline as `readPlan` checks a file, and resolves with its plan, which has the fingerprint of the YAML that says the same. Texts are
 * taken as they are: there are no vars. Throws a PipelineError with every problem, a line each, which says where in the object it is
 * (`stages[1].mask.keep`); its code is that of the first. A SinkError, where only the output is in the way.
 *
 * @example
 * const plan = await definePipeline({
 *   source: slides({ glob: './slides/*.svs' }),
 *   stages: [grid(), mask({ keep: '25 %' }), extract(), batch(), infer({ model: 'stain' }), merge()],
 *   sinks: [parquet()],
 *   output: './out',
 * })
 * await runPipeline(plan)
 */
export async function definePipeline<From extends Item, const S extends readonly Step[]>(
  pipeline: PipelineObject<From, S> & { readonly stages: Fits<From, S> },
  options: DefineOptions = {},
): Promise<Plan> {
  mustBePipeline(pipeline)
  mustBeOptions('definePipeline', options, optionKinds)
  if (options.runtime) mustBeOptions('definePipeline: runtime', options.runtime, runtimeKinds)
  mustBeEnvironment('definePipeline', options.environment)
  const { folder = '.', environment = defaultEnvironment, ...rest } = options
  mustBeLetIn(environment, pipeline)
  const { problems, plan } = await checkObject(
    written(pipeline),
    pathGiven('definePipeline: folder', folder),
    rest,
    withSource(environment, pipeline.source),
  )
  mustHaveNone(problems)
  return plan!
}

function mustBePipeline(given: unknown): void {
  if (isObject(given)) return
  const hint = typeof given === 'string' ? 'readPlan reads a pipeline file' : 'give { source, stages, sinks, output }'
  throw new PipelineError('OPTION_INVALID', `definePipeline takes a pipeline, and is given ${shown(given)}`, { hint })
}

/** A source that the program feeds stands for itself; one of a plugin that was let in is that of the environment. */
function withSource(environment: Environment, source: unknown): Environment {
  if (!isPart(source)) return environment
  const { spec } = source
  const known = environment.sources[spec.name]
  if (known && isOf(known, spec)) return environment
  return environmentOf({ ...environment, sources: { ...environment.sources, [spec.name]: guardedSource(spec as AnySourceSpec) } })
}

/** A name of the environment means what stands there: a part of one's own under it would not run, and nobody would know. */
function mustBeLetIn(environment: Environment, { stages, sinks = [] }: PipelineObject<Item, readonly Step[]>): void {
  for (const [kind, parts] of Object.entries({ stages, sinks })) {
    for (const part of [parts].flat()) {
      const known = isPart(part) ? environment[kind as 'stages' | 'sinks'][part.spec.name] : undefined
      if (known === undefined || isOf(known, part.spec)) continue
      throw new PipelineError(
        'PLUGIN_CLASH',
        `the ${kind.slice(0, -1)} '${known.name}' is not the one that the environment has under this name`,
        {
          hint: 'give it another name, and let it in: withPlugins(defaultEnvironment, definePlugin({ … }))',
        },
      )
    }
  }
}

/** As a file would have it: each part is a map from its name to its options. What is no part stays what it is, and check says so. */
function written({ source, stages, sinks, ...rest }: PipelineObject<Item, readonly Step[]>): Readonly<Record<string, unknown>> {
  const one = (part: unknown) => (isPart(part) ? byName(part) : part)
  const list = (parts: unknown) => (Array.isArray(parts) ? parts.map(one) : one(parts))
  const none = Array.isArray(sinks) && sinks.length === 0 && rest.output === undefined
  return { ...rest, ...(isPart(source) ? byName(source) : { source }), stages: list(stages), sinks: none ? undefined : list(sinks) }
}

interface Part {
  readonly spec: { readonly name: string; readonly summary: string }
  readonly options: unknown
}

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && 'spec' in value && 'options' in value

const byName = ({ spec, options }: Part) => ({ [spec.name]: options })
