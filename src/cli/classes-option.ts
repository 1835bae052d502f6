/** What stands behind `--classes`. */

import { InvalidArgumentError } from 'commander'
import { namesIn } from '../core/text/name-list.js'

/** The name of a list of names; of one class nothing else would show that it is no name. */
const isFileName = /\.(txt|json|csv|tsv|ya?ml|names|labels|pbtxt)$/i

export function classNames(written: string): string[] {
  if (/^\s*[[{].*[\]}]\s*$/.test(written))
    throw new InvalidArgumentError(`write the names alone, a,b,c, without the brackets of ${written}`)
  const names = namesIn(written)
  if (names === null) throw new InvalidArgumentError('write a,b,c; a name with a comma in double quotes: \'"a, b",c\'')
  if (names.length === 1 && isFileName.test(written))
    throw new InvalidArgumentError(`${written} is no file that is here and read: write the names themselves, a,b,c`)
  return names
}
