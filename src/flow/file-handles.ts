/** Opening a file when the system may be out of handles: other slides close theirs soon. */

/** Milliseconds between tries: about five seconds together. */
const pauses = [20, 50, 100, 200, 400, 800, 1600, 1600]

/** Does `open` again while it fails for want of a file handle; at last with that very error. */
export async function whenFree<T>(open: () => Promise<T>, wait: (ms: number) => Promise<void> = pause): Promise<T> {
  for (const ms of pauses) {
    try {
      return await open()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EMFILE' && code !== 'ENFILE') throw error
      await wait(ms)
    }
  }
  return open()
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
