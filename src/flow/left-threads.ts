/** Threads that did not end when they were asked. Native code holds them (a batch of a large model, a read that never answers), and the end of a process waits for it. */

let left = 0

export function leaveThread(ended: Promise<void>): void {
  left++
  void ended.then(() => {
    left--
  })
}

export const threadsLeft = (): number => left
