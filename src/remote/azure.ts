/**
 * Blobs of Azure. Who asks: a shared access signature behind the address or in AZURE_STORAGE_SAS_TOKEN, the key of the account (AZURE_STORAGE_KEY), the identity of
 * a machine; else nobody.
 */

import { createHmac } from 'node:crypto'
import type { StoreOptions } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import { type Surroundings, said } from './credentials/said.js'
import type { Door, Request } from './door.js'
import { endpointOf, type Place, urlAt } from './place.js'
import { askedFor, type Token, tokenOf } from './token.js'

const version = '2021-12-02'

export async function azDoor(
  { bucket, key, query: own }: Place,
  query: Readonly<Record<string, string>>,
  options: StoreOptions = {},
): Promise<Door> {
  const [account = '', container = ''] = bucket.split('/')
  // It becomes the name of a host.
  if (!/^[a-z0-9-]{3,63}$/i.test(account))
    throw new SlideError('SLIDE_MISSING', `'${account}' is no name of a storage account`, {
      hint: `write az://account/container/key: ${account.includes('.') ? `account is ${account.replace(/^.*@|[.].*$/g, '')}` : 'letters, digits and -'}`,
    })
  const endpoint =
    endpointOf(options.endpoint ?? process.env.AZURE_STORAGE_SERVICE_ENDPOINT) ?? new URL(`https://${account}.blob.core.windows.net`)
  return {
    async ask(headers, { method = 'GET', query: more = {} } = {}) {
      const accountKey = said(process.env, 'AZURE_STORAGE_KEY')
      const url = urlAt(endpoint, key === '' ? container : `${container}/${key}`)
      for (const [name, value] of Object.entries({ ...query, ...more })) url.searchParams.set(name, value)
      const dated = { ...headers, 'x-ms-version': version, 'x-ms-date': new Date().toUTCString() }
      const request: Request = { method, url, headers: dated }
      const sas = own || (options.anonymous ? '' : (said(process.env, 'AZURE_STORAGE_SAS_TOKEN') ?? '').replace(/^\?/, ''))
      if (sas !== '') {
        // Nothing in it is a space: a plus is one that somebody has not escaped.
        for (const [name, value] of new URLSearchParams(sas.replaceAll('+', '%2B'))) url.searchParams.set(name, value)
        return request
      }
      if (options.anonymous) return request
      if (accountKey)
        return { ...request, headers: { ...dated, authorization: `SharedKey ${account}:${sharedKey(request, account, accountKey)}` } }
      const token = await tokenOf('az', () => azureToken(process.env))
      return token === null ? request : { ...request, headers: { ...dated, authorization: `Bearer ${token}` } }
    },
    follows: false,
    remedy:
      'does the signature, or whoever asks, have the right to read (and list) it? a public container is read with az: { anonymous: true }',
  }
}

/** One signature over the method, a fixed row of headers, those that begin with x-ms-, and what is asked for. */
export function sharedKey({ method, url, headers }: Request, account: string, key: string): string {
  const fixed = ['content-encoding', 'content-language', 'content-length', 'content-md5', 'content-type', 'date']
  const conditions = ['if-modified-since', 'if-match', 'if-none-match', 'if-unmodified-since', 'range']
  const own = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-ms-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const query = [...url.searchParams].sort(([a], [b]) => (a < b ? -1 : 1))
  const text = [
    method,
    // A length of nothing is not signed.
    ...[...fixed, ...conditions].map((name) => (name === 'content-length' && headers[name] === '0' ? '' : (headers[name] ?? ''))),
    ...own.map(([name, value]) => `${name}:${value}`),
    `/${account}${url.pathname}`,
    ...query.map(([name, value]) => `${name.toLowerCase()}:${value}`),
  ].join('\n')
  return createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64')
}

/** Of a virtual machine with an identity; null anywhere else. */
async function azureToken(env: Surroundings): Promise<Token | null> {
  if (/^true$/i.test(env.AZURE_METADATA_DISABLED ?? '')) return null
  const url = new URL('/metadata/identity/oauth2/token', env.AZURE_POD_IDENTITY_AUTHORITY_HOST || 'http://169.254.169.254')
  url.search = new URLSearchParams({ 'api-version': '2018-02-01', resource: 'https://storage.azure.com/' }).toString()
  return askedFor(url, null, { metadata: 'true' }).catch(() => null)
}
