/** `sample`: a part of the patches, always the same part. */

import { type Options, percent, whole } from '../../core/options.js'
import { defineStage } from '../../core/stage.js'

const options = {
  share: percent().optional().describe('Share of the patches to keep, chosen by chance.'),
  every: whole(1).optional().describe('Keep every n-th of the patches that arrive, beginning with the first.'),
  count: whole(1, 1_000_000).optional().describe('Keep this many of the patches of a slide, chosen by chance; all when there are fewer.'),
  seed: whole().prefault(0).describe('Another seed, another choice.'),
}

export type SampleOptions = Options<typeof options>

/** Bytes of one kept address while `count` waits for the last patch. */
const patchBytes = 1024

export default defineStage({
  name: 'sample',
  from: 'patch',
  to: 'patch',
  placement: 'address',
  summary: 'Keep some of the patches: a share, every n-th, or a number of them.',
  options,
  alternatives: ['share', 'every', 'count'],
  problems: ({ share, every, count }) => {
    const given = [share, every, count].filter((v) => v !== undefined).length
    return given === 1 ? [] : [`sample takes exactly one of share, every and count, not ${given}`]
  },
  holds: ({ count }) => (count ?? 0) * patchBytes,
  examples: ['sample: { share: 10 % }', 'sample: { every: 4 }', 'sample: { count: 500, seed: 7 }'],
})
