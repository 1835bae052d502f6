/** The address of a PostgreSQL as its library is to have it. */

import { QueueError } from '../../core/errors.js'
import type { QueueAddress } from './address.js'

/** They are this one to the library, which says so at length whenever it is asked, and means to change it one day. */
const verified: readonly (string | null)[] = ['prefer', 'require', 'verify-ca']

/** `schema`: where the tables are, to be said of each connection; what the address says besides (`options=-c …`) stays. */
export function postgresAddress({ url, shown }: Pick<QueueAddress, 'url' | 'shown'>, schema: string) {
  const [place, ...query] = url.split('?')
  const said = new URLSearchParams(query.join('?'))
  const theirs = said.get('options') ?? ''
  if (theirs.includes('search_path')) {
    throw new QueueError(
      'QUEUE_UNUSABLE',
      `the address ${shown} names a schema (search_path), and the tables of a queue lie in '${schema}'`,
      {
        hint: 'take search_path out of its options',
      },
    )
  }
  said.delete('options')
  if (verified.includes(said.get('sslmode')) && said.get('uselibpqcompat') !== 'true') said.set('sslmode', 'verify-full')
  const left = said.toString()
  return { connectionString: left === '' ? place! : `${place}?${left}`, options: `${theirs} -c search_path=${schema}`.trim() }
}
