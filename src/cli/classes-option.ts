/** What stands behind `--classes`. */

import { InvalidArgumentError } from 'commander'
import { namesIn } from '../core/name-list.js'

export function classNames(written: string): string[] {
  const names = namesIn(written)
  if (names === null) throw new InvalidArgumentError('write a,b,c; a name with a comma in double quotes: \'"a, b",c\'')
  return names
}
