/** Requests of one slide whose order does not matter. */

const atOnce = 8

/** So many at once; the first that fails ends it. */
export async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const left = [...all].reverse()
  const worker = async () => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) await work(one)
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, all.length) }, worker))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}
