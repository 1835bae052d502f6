/** What a server says that is there and cannot do what it is asked: not that it does not answer. */

/** What to do, by how Redis begins its answer, or by the SQLSTATE of PostgreSQL. */
const remedies: Readonly<Record<string, string>> = {
  READONLY: 'it is a replica: name the server that takes what is written',
  '25006': 'it is a replica, or read-only for this user: name the server that takes what is written',
  OOM: 'its memory is full: let maxmemory be more',
  MISCONF: 'it cannot save what it has: is its disk full?',
  '53100': 'its disk is full',
  '53300': 'it has as many connections as it takes: let max_connections be more, or fewer workers',
}

interface Answer {
  readonly said: string
  readonly hint: string
}

/** Undefined where it is no answer of a server, but of the network. */
export function cannotNow(error: unknown): Answer | undefined {
  const { message = '', code = '', previousErrors } = (error ?? {}) as Partial<Error> & { code?: string; previousErrors?: readonly Error[] }
  // Of several commands that are one the first that was refused says why.
  const said = previousErrors?.[0]?.message ?? message
  // Redis gives no code. Those of Node and of the system are letters: ECONNREFUSED.
  const key = code === '' ? /^[A-Z]{2,}(?= )/.exec(said)?.[0] : /^\d[\dA-Z]{4}$/.exec(code)?.[0]
  return key === undefined ? undefined : { said, hint: remedies[key] ?? 'the log of the server may say more' }
}
