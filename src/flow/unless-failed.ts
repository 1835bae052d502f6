/** Waiting for one thing after another, while something else may fail at any time. `Promise.race` would keep each of them, and what it gave, until that has ended. */

/** A function that gives what its promise gives, unless `failing` rejects before: one promise at a time. */
export function unlessFailed(failing: Promise<unknown>): <T>(promise: Promise<T>) => Promise<T> {
  let failed: { readonly reason: unknown } | undefined
  let tell: (reason: unknown) => void = () => undefined
  failing.catch((reason: unknown) => {
    failed = { reason }
    tell(reason)
  })
  return (promise) =>
    new Promise((resolve, reject) => {
      promise.then(resolve, reject)
      tell = reject
      if (failed) reject(failed.reason as Error)
    })
}
