/** Whether a promise is kept: what it gives, or why it fails, is not asked. */
export const succeeds = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => true,
    () => false,
  )
