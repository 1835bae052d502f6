/**
 * Objects of Google's storage, by its XML interface, which speaks S3's language. Who asks: HMAC keys (GS_ACCESS_KEY_ID, GS_SECRET_ACCESS_KEY), an access token
 * (GOOGLE_OAUTH_ACCESS_TOKEN), the application default credentials, the metadata of a machine; else nobody.
 */

import { createSign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type StoreOptions, urlIn } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import { homeFolder } from '../core/host/user.js'
import { type Surroundings, said, saidInHeader } from './credentials/said.js'
import type { Door, Request } from './door.js'
import { endpointOf, urlAt } from './place.js'
import { signed, signedForGoogle } from './sign.js'
import { askedFor, type Token, tokenOf } from './token.js'

export async function gsDoor(
  bucket: string,
  key: string,
  query: Readonly<Record<string, string>>,
  options: StoreOptions = {},
): Promise<Door> {
  const endpoint = endpointOf(options.endpoint ?? emulator(process.env.STORAGE_EMULATOR_HOST)) ?? new URL('https://storage.googleapis.com')
  return {
    async ask(headers, { method = 'GET', query: more = {} } = {}) {
      const url = urlAt(endpoint, `${bucket}/${key}`)
      for (const [name, value] of Object.entries({ ...query, ...more })) url.searchParams.set(name, value)
      const request: Request = { method, url, headers }
      if (options.anonymous) return request
      const accessKeyId = saidInHeader(process.env, 'GS_ACCESS_KEY_ID')
      const secretAccessKey = said(process.env, 'GS_SECRET_ACCESS_KEY')
      if (accessKeyId && secretAccessKey) {
        // Conditions are of Google's own words, and those do not go with Amazon's in one request.
        const isOwn = Object.keys(headers).some((name) => name.startsWith('x-goog-'))
        return isOwn
          ? signedForGoogle(request, accessKeyId, secretAccessKey)
          : signed(request, { accessKeyId, secretAccessKey }, 'auto', 's3')
      }
      const reads = method === 'GET' || method === 'HEAD'
      const token = await tokenOf(reads ? 'gs' : 'gs to write', () => googleToken(process.env, reads ? 'read_only' : 'read_write'))
      return token === null ? request : { ...request, headers: { ...headers, authorization: `Bearer ${token}` } }
    },
    follows: false,
    remedy: 'are the credentials those of somebody who may read it? a public bucket is read with gs: { anonymous: true }',
  }
}

/** As Google's own libraries read it: a host, or an address. */
const emulator = (said: string | undefined): string | undefined => (said && !said.includes('://') ? `http://${said}` : said)

type May = 'read_only' | 'read_write'

/** Throws SlideError where somebody is named and cannot say who asks. */
export async function googleToken(env: Surroundings, may: May = 'read_only'): Promise<Token | null> {
  const own = saidInHeader(env, 'GOOGLE_OAUTH_ACCESS_TOKEN')
  if (own !== undefined) return { token: own, expires: Number.POSITIVE_INFINITY }
  const named = env.GOOGLE_APPLICATION_CREDENTIALS
  const file = named || path.join(env.CLOUDSDK_CONFIG || path.join(homeFolder(), '.config/gcloud'), 'application_default_credentials.json')
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (named) throw refused(`${file} cannot be read`, cause)
    return null
  })
  return text === null ? fromMetadata(env) : fromFile(text, file, may)
}

async function fromFile(text: string, file: string, may: May): Promise<Token | null> {
  const {
    type,
    client_id,
    client_secret,
    refresh_token,
    client_email,
    private_key,
    token_uri = 'https://oauth2.googleapis.com/token',
  } = fieldsOf(text, file)
  const at = urlIn(token_uri)
  if (at === null) throw refused(`token_uri of ${file} is no web address`)
  if (type === 'authorized_user')
    return askedFor(at, {
      grant_type: 'refresh_token',
      client_id: client_id!,
      client_secret: client_secret!,
      refresh_token: refresh_token!,
    })
  if (type === 'service_account' && client_email !== undefined && private_key !== undefined) {
    const scope = `https://www.googleapis.com/auth/devstorage.${may}`
    const now = Math.floor(Date.now() / 1000)
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: client_email, scope, aud: token_uri, iat: now, exp: now + 3600 })}`
    const assertion = `${claims}.${signatureOf(claims, private_key, file)}`
    return askedFor(at, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
  }
  throw refused(`${file} holds credentials of the kind '${type}', which are not used here`)
}

function signatureOf(claims: string, key: string, file: string): string {
  try {
    return createSign('RSA-SHA256').update(claims).sign(key, 'base64url')
  } catch (cause) {
    throw refused(`private_key of ${file} is no key`, cause)
  }
}

function fieldsOf(text: string, file: string): Readonly<Record<string, string | undefined>> {
  try {
    return { ...(JSON.parse(text) as Record<string, string>) }
  } catch {
    throw refused(`${file} is no JSON`)
  }
}

const refused = (why: string, cause?: unknown) =>
  new SlideError('SLIDE_FORBIDDEN', `who asks for gs:// addresses cannot be found out: ${why}`, {
    hint: 'export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)", or gs: { anonymous: true } for a public bucket',
    ...(cause === undefined ? {} : { cause }),
  })

/** Null off Google's machines, where nobody has that name. */
async function fromMetadata(env: Surroundings): Promise<Token | null> {
  if (/^(true|none)$/i.test(env.GCE_METADATA_DISABLED ?? '')) return null
  const host = env.GCE_METADATA_HOST || 'metadata.google.internal'
  const at = new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/token`)
  return askedFor(at, null, { 'metadata-flavor': 'Google' }).catch(() => null)
}
