/** A name that no host has, without asking the network for it. */

import dns from 'node:dns'
import type { ExecutionContext } from 'ava'

type Answer = (error: NodeJS.ErrnoException) => void

/** Names that end with `.invalid` are looked up as a resolver that knows none of them says it, for the rest of the test. */
export function noSuchHosts(t: ExecutionContext): void {
  const { lookup } = dns
  const unknown = (name: string): NodeJS.ErrnoException =>
    Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { errno: -3008, code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: name })
  dns.lookup = ((name: string, ...rest: unknown[]) => {
    if (!name.endsWith('.invalid')) return (lookup as (...all: unknown[]) => void)(name, ...rest)
    setImmediate(rest.at(-1) as Answer, unknown(name))
  }) as typeof lookup
  t.teardown(() => {
    dns.lookup = lookup
  })
}
