/** What a program gives to be checked, before anything is read. */

import { aFlag, anObject, aPath, type Kind, mustBeOptions, pathGiven } from '../../core/argument.js'
import { mustBeEnvironment } from '../environment/environment.js'
import { runtimeKinds } from '../plan/runtime.js'
import type { CheckOptions } from './check.js'

const optionKinds = {
  vars: anObject,
  env: anObject,
  output: aPath,
  plugins: aFlag,
  runtime: anObject,
  types: anObject,
  frozen: anObject,
} satisfies Record<keyof CheckOptions, Kind>

/** The path of the pipeline file. Throws PipelineError OPTION_INVALID or UNKNOWN_OPTION. */
export function fileGiven(who: string, file: unknown, options: CheckOptions, environment: unknown): string {
  mustBeOptions(who, options, optionKinds)
  if (options.runtime) mustBeOptions(`${who}: runtime`, options.runtime, runtimeKinds)
  mustBeEnvironment(who, environment)
  return pathGiven(who, file, 'the path of a pipeline file')
}
