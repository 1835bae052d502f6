/**
 * Who asks, as Amazon's own tools find it out: the environment, the shared files with their profiles, a web identity, the endpoint of a container, the
 * metadata of a virtual machine. The first that knows is asked again before its keys run out. Nobody: null, and requests are not signed.
 */

import type { S3Options } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { Renewed } from '../renewed.js'
import { signed } from '../sign.js'
import { type Credentials, fileLife, fromEnvironment } from './credentials.js'
import { type Surroundings, said, saidInHeader } from './said.js'
import { assumedRole, fromContainer, fromMachine, fromWebIdentity, stsUrl } from './services.js'
import { endpointIn, type Profile, profileOf } from './shared-files.js'

/** Profiles that name one another. */
const deepest = 5

/** Of each profile, once for all slides of a thread. */
const all = new WeakMap<Surroundings, Renewed<Credentials>>()

function knownIn(env: Surroundings): Renewed<Credentials> {
  const known = all.get(env) ?? new Renewed<Credentials>()
  all.set(env, known)
  return known
}

/** Throws SlideError (SLIDE_FORBIDDEN) where somebody is named and cannot say who asks. */
export const credentials = ({ profile }: S3Options, env: Surroundings = process.env): Promise<Credentials | null> =>
  knownIn(env).get(profile ?? '', () => look(profile, env))

/** They were refused: whoever has newer ones is asked. */
export const forgetCredentials = ({ profile }: S3Options, env: Surroundings = process.env): void => knownIn(env).forget(profile ?? '')

export async function regionOf({ region, profile }: S3Options, env: Surroundings = process.env): Promise<string> {
  const known = region ?? saidInHeader(env, 'AWS_REGION') ?? saidInHeader(env, 'AWS_DEFAULT_REGION')
  return known || (await profileOf(profile ?? said(env, 'AWS_PROFILE') ?? 'default', env))?.region || 'us-east-1'
}

/** Another server than Amazon's: of the environment, else of the profile, where it may stand for S3 alone (`services`). */
export async function endpointSaid({ profile }: S3Options, env: Surroundings = process.env): Promise<string | undefined> {
  const here = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL
  if (here || /^true$/i.test(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? '')) return here
  return endpointIn(profile ?? said(env, 'AWS_PROFILE') ?? 'default', env)
}

async function look(given: string | undefined, env: Surroundings): Promise<Credentials | null> {
  const name = given ?? said(env, 'AWS_PROFILE')
  try {
    const here = given === undefined ? fromEnvironment(env) : null
    if (here !== null) return here
    const profile = await profileOf(name || 'default', env)
    if (name && profile === undefined) throw new Error(`there is no profile '${name}' in ~/.aws/config or ~/.aws/credentials`)
    const filed = profile === undefined ? null : await fromProfile(profile, name || 'default', env)
    if (filed !== null) return filed
    const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_ROLE_SESSION_NAME: session } = env
    if (file && role) return await fromWebIdentity(file, role, session, await regionOf({}, env), env)
    return (await fromContainer(env)) ?? (await fromMachine(env))
  } catch (cause) {
    throw new SlideError('SLIDE_FORBIDDEN', `who asks for s3:// addresses cannot be found out: ${(cause as Error).message}`, {
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or s3: { anonymous: true } for a public bucket',
      cause,
    })
  }
}

async function fromProfile(profile: Profile, name: string, env: Surroundings, depth = 0): Promise<Credentials | null> {
  if (depth > deepest) throw new Error(`profiles name one another in a circle, among them '${name}'`)
  const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token, role_arn: role } = profile
  const region = saidInHeader(env, 'AWS_REGION') || profile.region || 'us-east-1'
  if (role !== undefined && profile.web_identity_token_file !== undefined)
    return fromWebIdentity(profile.web_identity_token_file, role, profile.role_session_name, region, env)
  if (role !== undefined) {
    const base = await baseOf(profile, name, env, depth)
    if (base === null) throw new Error(`the profile '${name}' takes a role, and does not say as who`)
    const { role_session_name: session = 'tiastream', external_id: external } = profile
    const url = stsUrl(region, env, {
      Action: 'AssumeRole',
      RoleArn: role,
      RoleSessionName: session,
      ...(external === undefined ? {} : { ExternalId: external }),
    })
    return assumedRole(url, (await signed({ method: 'GET', url, headers: {} }, base, region, 'sts')).headers)
  }
  if (id !== undefined && secret !== undefined)
    return {
      accessKeyId: id,
      secretAccessKey: secret,
      ...(token === undefined ? {} : { sessionToken: token }),
      expires: Date.now() + fileLife,
    }
  const elsewhere = Object.keys(profile).find((key) => /^(sso_|credential_process|login_session)/.test(key))
  if (elsewhere !== undefined)
    throw new Error(
      `the profile '${name}' signs in by ${elsewhere}, which is not done here: eval "$(aws configure export-credentials --profile ${name} --format env)" does it before`,
    )
  return null
}

/** Who takes a role: another profile, or what `credential_source` names. */
async function baseOf(profile: Profile, name: string, env: Surroundings, depth: number): Promise<Credentials | null> {
  const { source_profile: source, credential_source: from } = profile
  if (source !== undefined && source !== name) {
    const other = await profileOf(source, env)
    if (other === undefined) throw new Error(`the profile '${name}' takes its keys from '${source}', which is not there`)
    return fromProfile(other, source, env, depth + 1)
  }
  if (source !== undefined) {
    const { role_arn, ...keys } = profile
    return fromProfile(keys, name, env, depth + 1)
  }
  if (from === 'Environment') return fromEnvironment(env)
  if (from === 'EcsContainer') return fromContainer(env)
  if (from === 'Ec2InstanceMetadata') return fromMachine(env)
  return null
}
