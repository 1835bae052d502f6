/** The process of `trial-apart.ts`: is sent a job, and sends how it went. */

import { reasonOf } from '../session/device.js'
import { type TrialJob, tryWays } from './trial.js'
import type { Said } from './trial-apart.js'

process.once('message', (job) => {
  tryWays(job as TrialJob)
    .then(
      (trial): Said => ({ trial }),
      (error): Said => ({ failed: reasonOf(error) }),
    )
    .then((said) => process.send?.(said, () => process.disconnect()))
})
