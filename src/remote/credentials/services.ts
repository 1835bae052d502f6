/** Services that give keys to the process that runs where they know it: STS, the endpoint of a container, the metadata of a virtual machine. */

import { readFile } from 'node:fs/promises'
import { exchange, textOf } from '../exchange.js'
import { amazonHost } from './amazon.js'
import { type Credentials, credentialsIn } from './credentials.js'
import type { Surroundings } from './said.js'

/** They answer with a kilobyte. */
const mostText = 64 * 1024
const patience = { quietMs: 5000 }
/** Off a cloud nobody answers at the address of the metadata, and this is what that costs. */
const metadataPatience = { quietMs: 1000 }

/** A refusal is told without what was sent. */
const failed = (who: string, status: number) => new Error(`${who} says ${status}`)

/** STS's two ways to a role: by a token of an identity provider (`AssumeRoleWithWebIdentity`, not signed), or by other keys. */
export async function assumedRole(url: URL, headers: Readonly<Record<string, string>>): Promise<Credentials | null> {
  const answer = await exchange({ url, headers, ...patience })
  const text = await textOf(answer, mostText)
  if (answer.status !== 200) throw failed('the token service (STS)', answer.status)
  const value = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1]
  return credentialsIn(
    Object.fromEntries(['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'].map((name) => [name, value(name)])),
  )
}

export function stsUrl(region: string, env: Surroundings, asked: Readonly<Record<string, string>>): URL {
  const url = new URL(env.AWS_ENDPOINT_URL_STS || `https://${amazonHost('sts', region, env)}/`)
  for (const [name, value] of Object.entries({ Version: '2011-06-15', ...asked })) url.searchParams.set(name, value)
  return url
}

export async function fromWebIdentity(
  file: string,
  role: string,
  session: string | undefined,
  region: string,
  env: Surroundings,
): Promise<Credentials | null> {
  const token = (await readFile(file, 'utf8')).trim()
  const asked = { Action: 'AssumeRoleWithWebIdentity', RoleArn: role, RoleSessionName: session || 'tiastream', WebIdentityToken: token }
  return assumedRole(stsUrl(region, env, asked), {})
}

/** Hosts that a token may be sent to without encryption: this machine, and the agents of ECS and EKS. */
const agents = ['localhost', '127.0.0.1', '[::1]', '169.254.170.2', '169.254.170.23', '[fd00:ec2::23]']

/** Of ECS and of EKS Pod Identity. Null outside of a container that has it. */
export async function fromContainer(env: Surroundings): Promise<Credentials | null> {
  const relative = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
  const full = relative ? `http://169.254.170.2${relative}` : env.AWS_CONTAINER_CREDENTIALS_FULL_URI
  if (!full || !URL.canParse(full)) return null
  const url = new URL(full)
  if (url.protocol !== 'https:' && !agents.includes(url.hostname)) return null
  const file = env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
  const token = file ? (await readFile(file, 'utf8')).trim() : env.AWS_CONTAINER_AUTHORIZATION_TOKEN
  const answer = await exchange({ url, headers: token ? { authorization: token } : {}, ...patience })
  const text = await textOf(answer, mostText)
  if (answer.status !== 200) throw failed('the endpoint of the container', answer.status)
  return credentialsIn(JSON.parse(text))
}

/** Of a virtual machine, by the second version of its protocol. Null where there is none. */
export async function fromMachine(env: Surroundings): Promise<Credentials | null> {
  if (/^true$/i.test(env.AWS_EC2_METADATA_DISABLED ?? '')) return null
  const base = env.AWS_EC2_METADATA_SERVICE_ENDPOINT || 'http://169.254.169.254'
  const ask = async (path: string, headers: Readonly<Record<string, string>>, method: 'GET' | 'PUT' = 'GET') => {
    const answer = await exchange({ url: new URL(path, base), headers, method, ...metadataPatience })
    const text = await textOf(answer, mostText)
    return answer.status === 200 ? text.trim() : null
  }
  try {
    const token = await ask('/latest/api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': '21600', 'content-length': '0' }, 'PUT')
    if (token === null) return null
    const headers = { 'x-aws-ec2-metadata-token': token }
    const roles = '/latest/meta-data/iam/security-credentials/'
    const role = (await ask(roles, headers))?.split('\n')[0]
    const text = role ? await ask(`${roles}${encodeURIComponent(role)}`, headers) : null
    return text === null ? null : credentialsIn(JSON.parse(text))
  } catch {
    return null
  }
}
