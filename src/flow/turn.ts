/**
 * Lets the event loop turn. Signals, timers and the heartbeat of a lock are heard only between two turns, and awaiting what is already
 * there is no turn: it runs in microtasks. So whatever may go on for long says how much it has done, and every so much the loop turns.
 */

/** Bytes, or steps of about that cost, between two turns: some milliseconds of work. */
export const workOfTurn = 4 * 2 ** 20

/** Says how much was done since the last call; a promise where it is time to let others have their turn. */
export type Turn = (work: number) => Promise<void> | undefined

export function everyTurn(most = workOfTurn): Turn {
  let done = 0
  return (work) => {
    done += work
    if (done < most) return undefined
    done = 0
    return new Promise((resolve) => setImmediate(resolve))
  }
}

/** Runs pure work that is cut into pieces: a generator which yields, after each piece, how much that was. */
export async function inTurns<T>(work: Generator<number, T>, signal?: AbortSignal): Promise<T> {
  const turn = everyTurn()
  for (;;) {
    const piece = work.next()
    if (piece.done) return piece.value
    const pause = turn(piece.value)
    if (pause === undefined) continue
    await pause
    signal?.throwIfAborted()
  }
}

/** The items as they come, with a turn after every so many: for sources that have all of them at hand. */
export async function* withTurns<T>(items: Iterable<T>, workOfEach: number, signal?: AbortSignal): AsyncGenerator<T> {
  const turn = everyTurn()
  for (const item of items) {
    signal?.throwIfAborted()
    yield item
    await turn(workOfEach)
  }
}
