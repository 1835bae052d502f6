/**
 * A cache bounded in bytes. Values carry a `worth`; those above the `keepAbove` mark are let go last, all others first, each group
 * oldest use first. What is let go is handed to `release`, so that its memory can be used again.
 */

interface Entry<V> {
  readonly value: V
  readonly bytes: number
  readonly worth: number
}

export class Lru<K, V> {
  readonly #limit: number
  readonly #release: (value: V) => void
  /** A Map keeps the order of insertion: a used entry is taken out and put in again. */
  #wanted = new Map<K, Entry<V>>()
  #spare = new Map<K, Entry<V>>()
  #mark = Number.NEGATIVE_INFINITY
  #bytes = 0

  constructor(limit: number, release: (value: V) => void = () => {}) {
    this.#limit = limit
    this.#release = release
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#wanted.size + this.#spare.size
  }

  /** Is no use of it. */
  has(key: K): boolean {
    return this.#wanted.has(key) || this.#spare.has(key)
  }

  get(key: K): V | undefined {
    const group = this.#wanted.has(key) ? this.#wanted : this.#spare
    const entry = group.get(key)
    if (entry === undefined) return undefined
    group.delete(key)
    group.set(key, entry)
    return entry.value
  }

  /** Puts a value in and makes room for it; the newest value stays even when it alone is larger than the limit. */
  set(key: K, value: V, bytes: number, worth = 0): void {
    this.delete(key)
    this.#bytes += bytes
    while (this.#bytes > this.#limit && this.size > 0) this.#letGo()
    const group = worth > this.#mark ? this.#wanted : this.#spare
    group.set(key, { value, bytes, worth })
  }

  /** From now on, values worth more than `mark` are kept in preference. */
  keepAbove(mark: number): void {
    if (mark === this.#mark) return
    this.#mark = mark
    const entries = [...this.#spare, ...this.#wanted]
    this.#wanted = new Map(entries.filter(([, entry]) => entry.worth > mark))
    this.#spare = new Map(entries.filter(([, entry]) => !(entry.worth > mark)))
  }

  delete(key: K): void {
    const entry = this.#wanted.get(key) ?? this.#spare.get(key)
    if (entry === undefined) return
    this.#wanted.delete(key)
    this.#spare.delete(key)
    this.#bytes -= entry.bytes
    this.#release(entry.value)
  }

  clear(): void {
    for (const key of [...this.#wanted.keys(), ...this.#spare.keys()]) this.delete(key)
  }

  #letGo(): void {
    const group = this.#spare.size > 0 ? this.#spare : this.#wanted
    for (const key of group.keys()) {
      this.delete(key)
      return
    }
  }
}
