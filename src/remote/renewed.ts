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
  /** How long nobody is nobody. */
  readonly nobodyMs: number
}

export class Renewed<T extends { readonly expires?: number }> {
  readonly #found = new Map<string, Promise<Found<T>>>()

  /** `nobodyMs`: twice as long each time in a row, up to five minutes. */
  constructor(
    private readonly nobodyMs = usualNobody,
    private readonly now = Date.now,
  ) {}

  /** Null: nobody asks. Who comes while it is looked for waits for the same; where that fails it fails for all, and is looked for anew by whoever comes later. */
  async get(name: string, look: () => Promise<T | null>): Promise<T | null> {
    const last = this.#found.get(name)
    const known = await last
    if (known !== undefined && known.until > this.now()) return known.value
    if (this.#found.get(name) === last) this.#found.delete(name)
    return (await (this.#found.get(name) ?? this.#begin(name, look, known))).value
  }

  forget(name: string): void {
    this.#found.delete(name)
  }

  #begin(name: string, look: () => Promise<T | null>, before: Found<T> | undefined): Promise<Found<T>> {
    const nobodyMs = before?.value === null ? Math.min(2 * before.nobodyMs, longestNobody) : this.nobodyMs
    const begun = look().then((value) => {
      const until = value === null ? this.now() + nobodyMs : (value.expires ?? Number.POSITIVE_INFINITY) - early
      return { value, until, nobodyMs }
    })
    this.#found.set(name, begun)
    begun.catch(() => this.#found.get(name) === begun && this.#found.delete(name))
    return begun
  }
}
