/** The one rule for the names of files: the ending says what is in it, for whoever opens it goes by that. */

import type { AnySinkSpec } from '../core/sink.js'

const endingsOf = ({ endings = [] }: AnySinkSpec, options: object): readonly string[] =>
  typeof endings === 'function' ? endings(options) : endings

const endsIn = (file: string, endings: readonly string[]) => endings.some((ending) => file.toLowerCase().endsWith(ending))

/** One sentence about the `file` among the options where its ending is of something that the sink does not write; `sinks`: all there are. */
export function endingProblem(
  spec: AnySinkSpec,
  options: Readonly<Record<string, unknown>>,
  sinks: Readonly<Record<string, AnySinkSpec>>,
): string | undefined {
  const { file } = options
  const allowed = endingsOf(spec, options)
  if (typeof file !== 'string' || allowed.length === 0 || endsIn(file, allowed)) return undefined
  const others = Object.values(sinks).filter((other) => other.name !== spec.name && endsIn(file, endingsOf(other, {})))
  const whose = others.length === 0 ? '' : `; what it names is written by ${others.map(({ name }) => name).join(', ')}`
  return `is '${file}', but ${spec.name} writes ${allowed.join(', ')}: end the name so${whose}`
}
