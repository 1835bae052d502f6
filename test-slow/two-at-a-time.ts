/** For tests that wait for a child on one core: as many side by side as there are cores, at most two, so that each child has one to itself. */

import { availableParallelism } from 'node:os'
import PQueue from 'p-queue'

const queue = new PQueue({ concurrency: Math.min(2, availableParallelism()) })

/** The body of a test that is not serial; starts when there is room. */
export function whenRoom<T extends readonly unknown[]>(body: (...args: T) => Promise<void>): (...args: T) => Promise<void> {
  return async (...args) => {
    await queue.add(() => body(...args))
  }
}
