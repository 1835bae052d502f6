/** How often the event loop turns while something is at work: each time, a signal or a heartbeat would be heard. */
export async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  await eachTurn(work, () => turns++)
  return turns
}

async function eachTurn(work: () => Promise<unknown>, told: () => void): Promise<void> {
  let working = true
  const tick = () => {
    if (!working) return
    told()
    setImmediate(tick)
  }
  setImmediate(tick)
  try {
    await work()
  } finally {
    working = false
  }
}

/** The most work that is done between two turns, in the units of the gauge. */
export async function mostBetweenTurns(work: () => Promise<unknown>, gauge: () => number): Promise<number> {
  let [most, before] = [0, gauge()]
  const look = () => {
    const now = gauge()
    most = Math.max(most, now - before)
    before = now
  }
  await eachTurn(work, look)
  look()
  return most
}
