/** The files that Amazon's tools share, `~/.aws/config` and `~/.aws/credentials`: what they say of a profile. */

import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import type { Surroundings } from './credentials.js'

export type Profile = Readonly<Record<string, string>>

/** Both files as one; what the file of credentials says counts before. Undefined when neither knows the profile. */
export async function profileOf(name: string, env: Surroundings): Promise<Profile | undefined> {
  const [config, credentials] = await Promise.all([
    sectionsOf(env.AWS_CONFIG_FILE || path.join(homedir(), '.aws/config')),
    sectionsOf(env.AWS_SHARED_CREDENTIALS_FILE || path.join(homedir(), '.aws/credentials')),
  ])
  const said = [config.get(name === 'default' ? 'default' : `profile ${name}`) ?? config.get(`profile ${name}`), credentials.get(name)]
  return said.every((part) => part === undefined) ? undefined : { ...said[0], ...said[1] }
}

/** `[name]`, then `key = value`; what is indented belongs to a key above, and none of that is ours. */
async function sectionsOf(file: string): Promise<ReadonlyMap<string, Profile>> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const sections = new Map<string, Record<string, string>>()
  let at: Record<string, string> | undefined
  for (const line of text.split(/\r?\n/)) {
    const name = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]?.replace(/\s+/g, ' ')
    if (name !== undefined) {
      at = sections.get(name) ?? {}
      sections.set(name, at)
      continue
    }
    const [, key, value] = /^([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (at !== undefined && key !== undefined) at[key.toLowerCase()] = value!.replace(/\s+[#;].*$/, '')
  }
  return sections
}
