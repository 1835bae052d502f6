/** Tries ways to compute a model in a process of its own: an illegal instruction, or a library that crashes, takes down nothing. */

import { fileURLToPath } from 'node:url'
import { ModelError } from '../../core/errors.js'
import { apart } from '../../flow/apart.js'
import type { Trial, TrialJob } from './trial.js'

const program = fileURLToPath(new URL('./trial-child.js', import.meta.url))

/** A large encoder takes seconds a picture; one that takes longer than this is tried by nobody. */
const patience = 600_000

/** What the child sends: words that belong to the job, or to the way that it is at. */
export type Said = { readonly trial: Trial } | { readonly failed: string }

/** Throws ModelError (DEVICE_MISSING) with what went wrong in words; never takes this process along. `entry`: another program, for tests. */
export function tryApart(job: TrialJob, signal?: AbortSignal, entry = program): Promise<Trial> {
  return new Promise((resolve, reject) => {
    const child = apart(entry, [], patience, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced' })
    const stop = () => child.kill('SIGKILL')
    signal?.addEventListener('abort', stop, { once: true })
    let said: Said | undefined
    const failed = (why: string) => reject(new ModelError('DEVICE_MISSING', `${job.card.name} cannot be tried here: ${why}`))
    child.on('message', (message) => {
      said = message as Said
    })
    child.on('error', (error) => failed(error.message))
    child.on('exit', (code, end) => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted) reject(signal.reason)
      else if (said !== undefined && 'trial' in said) resolve(said.trial)
      else if (said !== undefined) failed(said.failed)
      else failed(`the process that tried it ended with ${end ?? `code ${code}`}`)
    })
    child.send(job)
  })
}
