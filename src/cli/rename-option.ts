/** `--rename label=class`: labels that the model calls otherwise. */

import { InvalidArgumentError, Option } from 'commander'

export function renameOption(): Option {
  return new Option('--rename <label=class>', 'the class that a label means, or label= for what is no label; may be given several times')
    .argParser(rename)
    .default({}, 'none')
}

function rename(written: string, known: Readonly<Record<string, string>>): Record<string, string> {
  const at = written.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('write label=class')
  const label = written.slice(0, at)
  if (Object.hasOwn(known, label)) throw new InvalidArgumentError(`label '${label}' is given twice`)
  return { ...known, [label]: written.slice(at + 1) }
}
