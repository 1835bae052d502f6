/**
 * What a program does that ends itself (`process.exit`) while threads are at work: native code that one of them is in does not survive the end of its
 * thread (ONNX Runtime's throws, and the process aborts with 134 instead of the code it was to end with). So what is at work comes to its end first.
 */

interface AtWork {
  stop(): void
  waitForWork(longest: number): void
}

const living = new Set<AtWork>()

/** A batch of a network; longer nobody waits for the end of a process, of which one job may hang on a server. */
const longest = 5000

/** Once for all of them: a process tells of more than ten listeners. */
function endAll(): void {
  for (const one of living) one.stop()
  const until = performance.now() + longest
  for (const one of living) one.waitForWork(until - performance.now())
}

export function endWithProcess(one: AtWork): void {
  if (living.size === 0) process.on('exit', endAll)
  living.add(one)
}

export function forget(one: AtWork): void {
  living.delete(one)
  if (living.size === 0) process.off('exit', endAll)
}
