/** Ports of this machine for servers that must be told where to listen. */

import { createServer } from 'node:net'

/**
 * Below those that systems give to whoever asks for any, and to every connection that is made: one of those may be taken before the server is there, or
 * while it is stopped to be started again.
 */
const [first, count] = [10_000, 20_000]

/** One for each name. */
export async function freePorts<N extends string>(names: readonly N[]): Promise<Record<N, number>> {
  const ports = new Set<number>()
  while (ports.size < names.length) {
    const port = first + Math.floor(Math.random() * count)
    if (await isFree(port)) ports.add(port)
  }
  const all = [...ports]
  return Object.fromEntries(names.map((name, i) => [name, all[i]!])) as Record<N, number>
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
