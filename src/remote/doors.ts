/** Whose an address is: one door a scheme, loaded when an address needs it. */

import { type RemoteOptions, schemeOf, withoutSecrets } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { Door } from './door.js'
import { objectPlace, type Place } from './place.js'

/** Throws SlideError for an invalid address. */
export const doorTo = async (uri: string, options: RemoteOptions = {}): Promise<Door> =>
  schemeOf(uri) === 'http' ? webDoor(uri) : doorAt(objectPlace(uri), {}, options)

/** To an object in a bucket, or with a query to the list of the bucket. */
export async function doorAt(place: Place, query: Readonly<Record<string, string>>, { s3, gs, az }: RemoteOptions): Promise<Door> {
  const { scheme, bucket, key } = place
  if (scheme === 's3') return (await import('./s3.js')).s3Door(bucket, key, query, s3)
  if (scheme === 'gs') return (await import('./google.js')).gsDoor(bucket, key, query, gs)
  return (await import('./azure.js')).azDoor(place, query, az)
}

/** Its query may be what signs it. User and password become a header: Node would send them so, too, but show them in its errors. */
function webDoor(uri: string): Door {
  if (!URL.canParse(uri)) throw new SlideError('SLIDE_MISSING', `'${withoutSecrets(uri)}' is no web address`, { hint })
  const url = new URL(uri)
  const { username, password } = url
  url.username = ''
  url.password = ''
  url.hash = ''
  const basic = Buffer.from(`${unescaped(username)}:${unescaped(password)}`, 'latin1').toString('base64')
  const who: Record<string, string> = username === '' && password === '' ? {} : { authorization: `Basic ${basic}` }
  return {
    ask: async (headers, { method = 'GET' } = {}) => ({ method, url, headers: { ...headers, ...who } }),
    follows: true,
    remedy: 'may this user read it? a signed address must be whole, from https:// to its last letter',
  }
}

const hint = 'write https://host/path; in a user or password / is %2F, # is %23, ? is %3F and @ is %40'

/** One letter a byte, whatever they mean. A percent sign that begins nothing is one, as for curl. */
const unescaped = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
