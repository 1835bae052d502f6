/**
 * Contestants take turns: A B C, B C A, C A B … so that a machine that grows slower is slower for all. What is compared is the
 * ratio within one round; of several rounds the median counts.
 */

export interface Sample {
  readonly seconds: number
  /** Units of work done: patches, rows, pixels. */
  readonly done: number
  /** Seconds of processor time of all threads, where it is known: what a busy machine stretches least. */
  readonly cpu?: number
}

export interface Contestant {
  readonly name: string
  readonly run: () => Promise<Sample>
}

export interface Outcome {
  readonly name: string
  /** Units a second, by round. */
  readonly rates: readonly number[]
  readonly rate: number
  readonly samples: readonly Sample[]
}

export async function alternate(contestants: readonly Contestant[], rounds: number, warmups = 1): Promise<readonly Outcome[]> {
  const samples = contestants.map((): Sample[] => [])
  for (let round = -warmups; round < rounds; round++) {
    for (let i = 0; i < contestants.length; i++) {
      const at = (((i + round) % contestants.length) + contestants.length) % contestants.length
      const sample = await contestants[at]!.run()
      if (round >= 0) samples[at]!.push(sample)
    }
  }
  return contestants.map(({ name }, i) => {
    const rates = samples[i]!.map(({ done, seconds }) => done / seconds)
    return { name, rates, rate: median(rates), samples: samples[i]! }
  })
}

/** The median of a ÷ b, round by round. */
export function ratioOf(a: Outcome, b: Outcome): number {
  return median(a.rates.map((rate, i) => rate / b.rates[i]!))
}

/** The spread of that ratio, for a reader who wants to know how sure it is. */
export function spreadOf(a: Outcome, b: Outcome): string {
  const ratios = a.rates.map((rate, i) => rate / b.rates[i]!)
  return `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Runs `work` and says how long it took; `done` counts its units. */
export async function timed(work: () => Promise<number> | number): Promise<Sample> {
  const cpu = process.cpuUsage()
  const began = performance.now()
  const done = await work()
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, done, cpu: (user + system) / 1e6 }
}
