/** How often the event loop turns while something is at work: each time, a signal or a heartbeat would be heard. */
export async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let working = true
  const tick = () => {
    if (!working) return
    turns++
    setImmediate(tick)
  }
  setImmediate(tick)
  try {
    await work()
  } finally {
    working = false
  }
  return turns
}
