/** `--queue address`, or TIASTREAM_QUEUE, which does not show a password to everybody who lists processes. */

import { Option } from 'commander'
import { PipelineError } from '../core/errors.js'
import { type QueueAddress, queueAddress } from '../queue/engine/address.js'

const queueVariable = 'TIASTREAM_QUEUE'

export const queueOption = (): Option =>
  new Option('--queue <address>', `redis://host:6379/0, rediss://… or postgres://host/database; default: ${queueVariable}`)

export function addressOf(written: string | undefined): QueueAddress {
  const given = written ?? process.env[queueVariable]
  if (given !== undefined && given !== '') return queueAddress(given)
  throw new PipelineError('USAGE', `no queue is named: neither --queue nor ${queueVariable} is there`, {
    hint: 'write --queue redis://host:6379/0 or --queue postgres://host/database',
  })
}
