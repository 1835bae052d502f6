/** Whose an address is: the URL that is asked, and what is signed. One door a scheme, loaded when an address needs it. */

import { type RemoteOptions, schemeOf } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import type { Answer } from './exchange.js'

/** What is asked of a server: everything that a signature covers. */
export interface Request {
  readonly method: 'GET' | 'PUT'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

/** A way to one object, or to the list of its bucket. */
export interface Door {
  readonly url: URL
  /** Adds what says who asks. Anew for each request: signatures and keys run out. */
  sign(request: Request, signal?: AbortSignal): Promise<Request>
  /** True when the answer taught something (another region, newer keys), and asking again may help. */
  learn?(answer: Answer): boolean
}

/** Throws SlideError for an address that is none. */
export async function doorTo(uri: string, options: RemoteOptions = {}): Promise<Door> {
  switch (schemeOf(uri)) {
    case 'http':
      return webDoor(uri)
    default:
      throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is no address that is read`, {
        hint: 'paths and https:// are read',
        cause: options,
      })
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
  return { url, sign: async (request) => ({ ...request, headers: { ...request.headers, ...who } }) }
}
