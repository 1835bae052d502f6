/** One batch after the other, each for so long as the rate says. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { PatchBatch } from '../../src/core/items.js'

export default ({ rate }: { readonly rate: number }) => {
  let free = 0
  return async function* wait(batches: AsyncIterable<PatchBatch>): AsyncGenerator<PatchBatch> {
    for await (const batch of batches) {
      free = Math.max(free, performance.now()) + (batch.patches.length / rate) * 1000
      await sleep(Math.max(0, free - performance.now()))
      yield batch
    }
  }
}
