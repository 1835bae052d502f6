/** Waiting for code that is not ours, which may never answer: a signal ends the wait, not the code. */

/** What the promise gives, or the reason of the signal as soon as that aborts. What the promise says afterwards is lost. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** What the promise gives; `undefined` when that takes longer. */
export function untilLate<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  return new Promise<T | undefined>((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds, undefined)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
