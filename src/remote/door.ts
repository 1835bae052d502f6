/** A way to one object on a server, or to the list of its bucket: the URL that is asked, and what says who asks. */

import type { Answer, Method } from './exchange.js'

/** What is asked for besides a plain GET. */
export interface Asked {
  readonly method?: Method
  /** Behind the address, beside what the door asks for anyway. */
  readonly query?: Readonly<Record<string, string>>
}

/** What is asked of a server: everything that a signature covers. */
export interface Request {
  readonly method: Method
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

export interface Door {
  /** The request, with what says who asks. Made anew each time: signatures and keys run out. Throws SlideError. */
  ask(headers: Readonly<Record<string, string>>, asked?: Asked): Promise<Request>
  /** Redirects are followed. Where a signature is for one host they are not. */
  readonly follows: boolean
  /** True when the answer taught something (another region, newer keys), and asking again may help. */
  learn?(answer: Answer): boolean
  /** What helps whom the server refuses. */
  readonly remedy: string
}
