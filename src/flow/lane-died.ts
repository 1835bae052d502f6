/** The thread of a lane ended while it had work; and who is to blame for it, so that other work is done again. */

export class LaneDied extends Error {
  constructor(
    readonly lane: number,
    cause: unknown,
    /**
     * `at work`: the job that the thread worked on, for the last time that is allowed. `beside`: another, whose buffers went down with the
     * thread; made anew it may be sent again. `hopeless`: the thread cannot be started, no job of this lane will ever be answered.
     */
    readonly job: 'at work' | 'beside' | 'hopeless',
  ) {
    super(`lane ${lane} died: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/**
 * Does work again whose buffers went down with a thread: `work` makes them anew. What ended the thread may do so twice, as every job; what
 * only waited beside it is to blame for nothing.
 */
export async function untilBlamedTwice<T>(work: () => Promise<T>): Promise<T> {
  for (let blamed = 0; ; ) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof LaneDied) || error.job === 'hopeless') throw error
      if (error.job === 'at work' && ++blamed === 2) throw error
    }
  }
}
