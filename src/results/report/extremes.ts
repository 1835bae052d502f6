/** The few patches with the highest, and with the lowest, value; memory is those few, whatever the number of patches. */

export interface Ranked<T> {
  readonly value: number
  readonly item: T
}

export class Extremes<T> {
  readonly highest: Ranked<T>[] = []
  readonly lowest: Ranked<T>[] = []

  constructor(private readonly keep: number) {}

  /** Of equals the first one stays. `item` is only made when it is kept. */
  add(value: number, item: () => T): void {
    const isHigh = this.highest.length < this.keep || value > this.highest.at(-1)!.value
    const isLow = this.lowest.length < this.keep || value < this.lowest.at(-1)!.value
    if (!isHigh && !isLow) return
    const ranked = { value, item: item() }
    if (isHigh) put(this.highest, ranked, this.keep, (a, b) => a > b)
    if (isLow) put(this.lowest, ranked, this.keep, (a, b) => a < b)
  }
}

function put<T>(list: Ranked<T>[], ranked: Ranked<T>, keep: number, before: (a: number, b: number) => boolean): void {
  const at = list.findIndex((other) => before(ranked.value, other.value))
  list.splice(at < 0 ? list.length : at, 0, ranked)
  if (list.length > keep) list.pop()
}
