/** The files that Amazon's tools share, `~/.aws/config` and `~/.aws/credentials`: what they say of a profile. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { homeFolder } from '../../core/host/user.js'
import type { Surroundings } from './said.js'

export type Profile = Readonly<Record<string, string>>

/** Both files as one; what the file of credentials says counts before. Undefined when neither knows the profile. */
export async function profileOf(name: string, env: Surroundings): Promise<Profile | undefined> {
  const [config, credentials] = await Promise.all([
    configOf(env),
    sectionsOf(env.AWS_SHARED_CREDENTIALS_FILE || path.join(homeFolder(), '.aws/credentials')),
  ])
  const said = [config.get(name === 'default' ? 'default' : `profile ${name}`) ?? config.get(`profile ${name}`), credentials.get(name)]
  return said.every((part) => part === undefined) ? undefined : { ...said[0], ...said[1] }
}

/** The address of an S3 server that a profile names: `endpoint_url` below `s3` in its `services`, else its own. */
export async function endpointIn(name: string, env: Surroundings): Promise<string | undefined> {
  const profile = await profileOf(name, env)
  const services = profile?.services === undefined ? undefined : (await configOf(env)).get(`services ${profile.services}`)
  return services?.['s3.endpoint_url'] ?? profile?.endpoint_url
}

const configOf = (env: Surroundings) => sectionsOf(env.AWS_CONFIG_FILE || path.join(homeFolder(), '.aws/config'))
const sectionsOf = async (file: string) => sectionsIn(await readFile(file, 'utf8').catch(() => ''))

/** `[name]`, then `key = value`; what is indented belongs to the key above that has no value: `s3.endpoint_url`. */
export function sectionsIn(text: string): ReadonlyMap<string, Profile> {
  const sections = new Map<string, Record<string, string>>()
  let at: Record<string, string> | undefined
  let above = ''
  for (const line of text.split(/\r?\n/)) {
    const name = nameIn(line)
    if (name !== undefined) {
      at = sections.get(name) ?? {}
      sections.set(name, at)
      continue
    }
    const equals = line.indexOf('=')
    const key = line.slice(0, Math.max(0, equals)).trim().toLowerCase()
    if (at === undefined || !/^[\w.-]+$/.test(key)) continue
    const value = withoutComment(line.slice(equals + 1)).trim()
    if (!/^\s/.test(line)) {
      at[key] = value
      above = value === '' ? key : ''
    } else if (above !== '') at[`${above}.${key}`] = value
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
