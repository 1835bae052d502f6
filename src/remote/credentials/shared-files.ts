/** The files that Amazon's tools share, `~/.aws/config` and `~/.aws/credentials`: what they say of a profile. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { homeFolder } from '../../core/user.js'
import type { Surroundings } from './credentials.js'

export type Profile = Readonly<Record<string, string>>

/** Both files as one; what the file of credentials says counts before. Undefined when neither knows the profile. */
export async function profileOf(name: string, env: Surroundings): Promise<Profile | undefined> {
  const [config, credentials] = await Promise.all([
    sectionsOf(env.AWS_CONFIG_FILE || path.join(homeFolder(), '.aws/config')),
    sectionsOf(env.AWS_SHARED_CREDENTIALS_FILE || path.join(homeFolder(), '.aws/credentials')),
  ])
  const said = [config.get(name === 'default' ? 'default' : `profile ${name}`) ?? config.get(`profile ${name}`), credentials.get(name)]
  return said.every((part) => part === undefined) ? undefined : { ...said[0], ...said[1] }
}

const sectionsOf = async (file: string) => sectionsIn(await readFile(file, 'utf8').catch(() => ''))

/** `[name]`, then `key = value`; what is indented belongs to a key above, and none of that is ours. */
export function sectionsIn(text: string): ReadonlyMap<string, Profile> {
  const sections = new Map<string, Record<string, string>>()
  let at: Record<string, string> | undefined
  for (const line of text.split(/\r?\n/)) {
    const name = nameIn(line)
    if (name !== undefined) {
      at = sections.get(name) ?? {}
      sections.set(name, at)
      continue
    }
    const equals = line.indexOf('=')
    const key = line.slice(0, Math.max(0, equals)).trimEnd()
    if (at !== undefined && /^[\w.-]+$/.test(key)) at[key.toLowerCase()] = withoutComment(line.slice(equals + 1)).trim()
  }
  return sections
}

function nameIn(line: string): string | undefined {
  const text = line.trimStart()
  const end = text.indexOf(']')
  const name = text.startsWith('[') && end > 0 ? text.slice(1, end).trim() : ''
  return name === '' ? undefined : name.replace(/\s+/g, ' ')
}

/** A comment begins behind a space. */
function withoutComment(value: string): string {
  const at = value.trimStart().search(/\s[#;]/)
  return at < 0 ? value : value.trimStart().slice(0, at)
}
