/** A stage that stands where a model would, and takes its time without using a processor. */

import { definePlugin, defineStage, options } from '../../src/index.js'

export default definePlugin({
  name: 'bench-wait',
  version: '1.0.0',
  module: import.meta.url,
  stages: [
    defineStage({
      name: 'wait',
      from: 'batch',
      to: 'batch',
      placement: 'model',
      summary: 'Waits as long as a model would work.',
      options: { rate: options.whole(1, 1_000_000).describe('Patches a second of one lane.') },
      columns: () => [],
      examples: ['wait: { rate: 250 }'],
      load: () => import('./wait.js'),
    }),
  ],
})
