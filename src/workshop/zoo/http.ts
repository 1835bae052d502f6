/** One HTTP request for a file: redirects followed (a few, never to something less safe), silence cut off, answers told apart. */

import { ModelError } from '../../core/errors.js'

const mostRedirects = 5

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** With the body, which ends at once, empty and without an error, when the response is collected before it is read. */
  readonly response: Response
  /** Where the bytes come from in the end. */
  readonly url: string
  /** sha256 the server vouches for, if it says one (hubs do, on their redirect). */
  readonly sha256: string | null
}

/** Requests `url`. `touch` is called by the caller for every piece that comes; after `quietMs` without one the request ends. */
export async function request(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
  let at = checked(url)
  let sha256: string | null = null
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const response = await fetch(at, { headers, redirect: 'manual', signal })
    sha256 ??= sha256Of(response.headers)
    if (response.status < 300 || response.status > 399 || response.status === 304) {
      return { status: response.status, headers: response.headers, response, url: at.href, sha256 }
    }
    await response.body?.cancel()
    const location = response.headers.get('location')
    if (location === null) throw new ModelError('DOWNLOAD_REFUSED', `${at.href} redirects to nowhere (${response.status})`)
    const next = checked(new URL(location, at).href)
    if (at.protocol === 'https:' && next.protocol !== 'https:') {
      throw new ModelError('DOWNLOAD_REFUSED', `${at.href} redirects to ${next.href}, which is not encrypted`)
    }
    at = next
  }
  throw new ModelError('DOWNLOAD_REFUSED', `${url} redirects more than ${mostRedirects} times`)
}

function checked(url: string): URL {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch (cause) {
    throw new ModelError('DOWNLOAD_REFUSED', `'${url}' is no URL`, { hint: 'write https://…/weights.pth', cause })
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    throw new ModelError('DOWNLOAD_REFUSED', `${url} is neither http nor https`, {
      hint: 'a file on this machine is given with --from FILE',
    })
  }
  return parsed
}

/** Hubs that keep large files apart give their sha256 as an entity tag. */
function sha256Of(headers: Headers): string | null {
  const tag = headers.get('x-linked-etag')?.replace(/^"|"$/g, '')
  return tag !== undefined && /^[0-9a-f]{64}$/.test(tag) ? tag : null
}
