/** What a program gives to be checked: which options there are, and what they must be. */

import { aFlag, anObject, aPath, aSignal, type Kind, mustBeOptions, pathGiven } from '../../core/argument.js'
import type { Column } from '../../core/row.js'
import type { ValueTypes } from '../../core/source.js'
import { mustBeEnvironment } from '../environment/environment.js'
import type { Plan, Runtime } from '../plan/plan-type.js'
import { runtimeKinds } from '../plan/runtime.js'

export interface CheckOptions {
  /** From the command line: `--var name=value`. */
  readonly vars?: Readonly<Record<string, string>> | undefined
  /** What `env:` of a var may read; the environment of the process unless given. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** In place of the file's `output:`; relative to the current folder. */
  readonly output?: string | URL | undefined
  /** False: a pipeline that names plugins is refused, and none of their code runs. */
  readonly plugins?: boolean | undefined
  /** In place of the file's `runtime:`. */
  readonly runtime?: Partial<Runtime> | undefined
  /** Types of further columns of the list that were settled before, as those of a task: they are not seen anew. */
  readonly types?: ValueTypes | undefined
  /** Once it is aborted its reason is thrown, no further slide is looked at, and no server is asked for a list or a model any more. */
  readonly signal?: AbortSignal | undefined
  /** A plan as it was when it was frozen, whatever the file says now. */
  readonly frozen?: Frozen | undefined
}

/** What a plan follows from besides its files, written down so that all machines that work on it have the same. */
export interface Frozen {
  /** Of the pipeline file. */
  readonly text: string
  /** Columns that the source carries: it is not listed again. */
  readonly carried: readonly Column[]
  readonly found: Plan['found']
}

const optionKinds = {
  vars: anObject,
  env: anObject,
  output: aPath,
  plugins: aFlag,
  runtime: anObject,
  types: anObject,
  signal: aSignal,
  frozen: anObject,
} satisfies Record<keyof CheckOptions, Kind>

/** The path of the pipeline file. Throws PipelineError OPTION_INVALID or UNKNOWN_OPTION. */
export function fileGiven(who: string, file: unknown, options: CheckOptions, environment: unknown): string {
  mustBeOptions(who, options, optionKinds)
  if (options.runtime) mustBeOptions(`${who}: runtime`, options.runtime, runtimeKinds)
  mustBeEnvironment(who, environment)
  return pathGiven(who, file, 'the path of a pipeline file')
}
