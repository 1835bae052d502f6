/** Keys and tokens, which run out: found once for all who ask, and anew before that. */

/** They are got anew so long before they run out. */
const early = 60_000
/** Nobody was found, which costs a second or more. Looked for again: what gives keys to a machine may not answer yet when that has just begun. */
const usualNobody = 10_000
const longestNobody = 5 * 60_000

interface Found<T> {
  readonly value: T | null
  /** Milliseconds since 1970. */
  readonly until: number
}

export class Renewed<T extends { readonly expires?: number }> {
  readonly #found = new Map<string, Promise<Found<T>>>()

  /** `nobodyMs`: twice as long each time, up to five minutes. */
  constructor(private nobodyMs = usualNobody) {}

  /** Null: nobody asks. Who comes while it is looked for waits for the same; where that fails it fails for all, and is looked for anew by whoever comes later. */
  async get(name: string, look: () => Promise<T | null>): Promise<T | null> {
    const last = this.#found.get(name)
    const known = await last
    if (known !== undefined && known.until > Date.now()) return known.value
    if (this.#found.get(name) === last) this.#found.delete(name)
    return (await (this.#found.get(name) ?? this.#begin(name, look))).value
  }

  forget(name: string): void {
    this.#found.delete(name)
  }

  #begin(name: string, look: () => Promise<T | null>): Promise<Found<T>> {
    const begun = look().then((value) => ({ value, until: this.#until(value) }))
    this.#found.set(name, begun)
    begun.catch(() => this.#found.get(name) === begun && this.#found.delete(name))
    return begun
  }

  #until(value: T | null): number {
    if (value !== null) return (value.expires ?? Number.POSITIVE_INFINITY) - early
    const until = Date.now() + this.nobodyMs
    this.nobodyMs = Math.min(2 * this.nobodyMs, longestNobody)
    return until
  }
}
