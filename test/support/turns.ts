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

/** The most work that is done between two turns, in the units of the gauge. */
export async function mostBetweenTurns(work: () => Promise<unknown>, gauge: () => number): Promise<number> {
  let [most, before] = [0, gauge()]
  const look = () => {
    const now = gauge()
    most = Math.max(most, now - before)
    before = now
  }
  let working = true
  const tick = () => {
    if (!working) return
    look()
    setImmediate(tick)
  }
  setImmediate(tick)
  try {
    await work()
  } finally {
    working = false
  }
  look()
  return most
}
