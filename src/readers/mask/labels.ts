/** Numbers of a mask that look like classes: several besides 0, and not so many as the greys of a smooth edge. */

const mostClasses = 12

export class Labels {
  readonly #used = new Uint8Array(256)

  /** One byte a pixel. */
  take(numbers: Uint8Array): void {
    for (const number of numbers) this.#used[number] = 1
  }

  get used(): Uint8Array {
    return this.#used
  }

  /** `set`: which numbers are tissue; all but 0 unless told. */
  warn(warnings: string[], set?: Uint8Array): void {
    const classes = [...this.#used.keys()].filter(
      (number) => this.#used[number] === 1 && (set === undefined ? number > 0 : set[number] === 1),
    )
    if (classes.length > 1 && classes.length <= mostClasses)
      warnings.push(
        `its pixels are of the classes ${classes.join(', ')}: all of them are tissue (classes: ${classes[0]} takes one of them)`,
      )
  }
}
