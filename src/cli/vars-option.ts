/** `--var name=value`, as often as wanted: what a pipeline's `vars:` take from the command line. */

import { InvalidArgumentError, Option } from 'commander'

export function varsOption(): Option {
  return new Option('--var <name=value>', 'value of one of the vars: of the pipeline; may be given several times')
    .default({}, 'none')
    .argParser(collect)
}

function collect(written: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const equals = written.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('write it as name=value')
  return { ...before, [written.slice(0, equals)]: written.slice(equals + 1) }
}
