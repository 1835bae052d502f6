/** What Node says of a connection that brought no answer, in words that a person can act on: OpenSSL's and the parser's own are for who wrote them. */

export interface NoAnswer {
  readonly message: string
  readonly hint?: string
}

const newer = 'a server that speaks HTTP/2 alone needs a proxy before it that speaks HTTP/1.1'

/** By the reason that OpenSSL gives. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [
    /wrong version number|packet length too long|http request|unknown protocol/,
    'does this port speak TLS? http:// reaches one that does not',
  ],
  [/no application protocol/, newer],
  [
    /certificate required|bad certificate|handshake failure/,
    'does the server ask who calls by a certificate (mutual TLS)? tiastream shows none',
  ],
  [/protocol version|unsupported protocol/, 'the server speaks a TLS that is too old: NODE_OPTIONS=--tls-min-v1.0 lets Node try it'],
]

/** `message` and `code` of the error; `scheme`: of the address that was asked. */
export function noAnswer({ code = '', message }: Pick<NodeJS.ErrnoException, 'code' | 'message'>, scheme = 'https:'): NoAnswer {
  if (code.startsWith('HPE_'))
    return { message: `no HTTP/1.1 came (${message})`, hint: `is it a web server that listens on this port? ${newer}` }
  const reason = /:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1]
  if (reason !== undefined) {
    const hint = reasons.find(([pattern]) => pattern.test(reason))?.[1]
    return { message: `TLS fails (${reason})`, ...(hint === undefined ? {} : { hint }) }
  }
  if (message !== 'socket hang up') return { message }
  const hint = scheme === 'http:' ? 'does this port speak TLS? then it is https://' : newer
  return { message: 'it hung up without an answer', hint: `this may pass: run it again; ${hint}` }
}
