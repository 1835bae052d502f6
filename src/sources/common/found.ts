/** What the patterns of a source find: files of this machine, and addresses. */

import { isAddress } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import { compare, filesOf } from './glob.js'

/** Sorted by code unit, as everything a source yields. */
export async function foundBy(patterns: readonly string[], folder: string): Promise<readonly string[]> {
  const { paths, addresses } = apart(patterns)
  const files = paths.some((pattern) => !pattern.startsWith('!')) ? await filesOf(paths, folder) : []
  return addresses.length === 0 ? files : [...new Set([...files, ...addresses.map(oneOf)])].sort(compare)
}

/** The patterns that look on this machine; those of `!` take away wherever they begin alike. */
export const pathsIn = (patterns: readonly string[]): readonly string[] => apart(patterns).paths

function apart(patterns: readonly string[]): { readonly paths: readonly string[]; readonly addresses: readonly string[] } {
  const isOne = (pattern: string) => isAddress(pattern.replace(/^!/, ''))
  return { paths: patterns.filter((pattern) => !isOne(pattern)), addresses: patterns.filter(isOne) }
}

/** A web server has no list of its files. */
function oneOf(address: string): string {
  if (!/[*{}]/.test(address.replace(/[?#].*$/s, '')) && URL.canParse(address)) return address
  throw new PipelineError(
    'OPTION_INVALID',
    `'${address.replace(/[?#].*$/s, '')}' is a pattern, and a web server does not say which files it has`,
    {
      hint: 'write the addresses into a list: (CSV, column uri)',
    },
  )
}
