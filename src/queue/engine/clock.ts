/** The clock of this machine beside that of the server. BullMQ writes times by the clock of who writes, and the next one compares them with its own. */

/** Milliseconds that it may go otherwise than a clock that never jumps before the server is asked again. */
const jump = 1000

/**
 * How far the clock here is ahead of the server's (behind: below 0) at the least, in milliseconds: 0 where what the server said lies between the question
 * and the answer, however long that took.
 */
export function aheadBy(asked: number, said: number, answered: number): number {
  if (said < asked) return asked - said
  return Math.min(0, answered - said)
}

/** `ask`: the time of the server, in milliseconds since 1970. What is given back asks it the first time, and when the clock here was set. */
export function clockBeside(ask: () => Promise<number>): () => Promise<number> {
  let compared = Number.NaN
  let ahead = 0
  return async () => {
    const own = Date.now() - performance.now()
    if (Math.abs(own - compared) < jump) return ahead
    const asked = Date.now()
    const said = await ask()
    ahead = aheadBy(asked, said, Date.now())
    compared = own
    return ahead
  }
}
