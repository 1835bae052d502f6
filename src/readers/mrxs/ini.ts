/**
 * Slidedat.ini: groups in brackets, `KEY = value` lines. UTF-8, at times with a byte order mark; there are keys without a name, and lines that are
 * neither, which mean nothing to us.
 */

import { SlideError } from '../../core/errors.js'
import { isDecimal } from '../../core/text/is-decimal.js'

export interface Ini {
  /** Where it lies, for messages. */
  readonly uri: string
  readonly groups: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** Of keys and groups that come twice the last value counts. */
export function readIni(bytes: Uint8Array, uri: string): Ini {
  const groups = new Map<string, Map<string, string>>()
  let group: Map<string, string> | undefined
  for (const line of new TextDecoder().decode(bytes).split(/\r\n|\r|\n/)) {
    const name = /^\s*\[([^\]]*)\]\s*$/.exec(line)?.[1]
    const at = line.indexOf('=')
    if (name !== undefined) {
      group = groups.get(name) ?? new Map()
      groups.set(name, group)
    } else if (at > 0) group?.set(line.slice(0, at).trim(), line.slice(at + 1).trim())
  }
  return { uri, groups }
}

export const textIn = ({ groups }: Ini, group: string, key: string): string | undefined => groups.get(group)?.get(key)

export function wholeIn(ini: Ini, group: string, key: string): number | undefined {
  const text = textIn(ini, group, key)
  return text !== undefined && /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** With a point or, as some systems write it, a comma. */
export function realIn(ini: Ini, group: string, key: string): number | undefined {
  const text = textIn(ini, group, key)?.replace(',', '.')
  return text !== undefined && isDecimal(text) ? Number(text) : undefined
}

/** The value, or SLIDE_MALFORMED. */
export function must<T>(value: T | undefined, { uri }: Ini, group: string, key: string): T {
  if (value !== undefined) return value
  throw new SlideError('SLIDE_MALFORMED', `${uri} has no ${key} in [${group}], or one that makes no sense`)
}
