/** Whose an address is: one door a scheme, loaded when an address needs it. */

import { type RemoteOptions, schemeOf } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { Door } from './door.js'

/** Throws SlideError for an address that is none. */
export async function doorTo(uri: string, options: RemoteOptions = {}): Promise<Door> {
  switch (schemeOf(uri)) {
    case 's3':
      return (await import('./s3.js')).s3Door(uri, options.s3)
    case 'http':
      return webDoor(uri)
    default:
      throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is no address that is read`, { hint: 'paths, https:// and s3:// are read' })
  }
}

/** Its query may be what signs it. User and password become a header: Node would send them so, too, but show them in its errors. */
function webDoor(uri: string): Door {
  if (!URL.canParse(uri)) throw new SlideError('SLIDE_MISSING', `'${uri.replace(/[?#].*$/s, '')}' is no web address`)
  const url = new URL(uri)
  const { username, password } = url
  url.username = ''
  url.password = ''
  url.hash = ''
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const who: Record<string, string> = username === '' && password === '' ? {} : { authorization: `Basic ${basic}` }
  return {
    ask: async (headers) => ({ method: 'GET', url, headers: { ...headers, ...who } }),
    follows: true,
    remedy: 'may this user read it? a signed address must be whole, from https:// to its last letter',
  }
}
