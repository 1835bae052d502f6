/**
 * Which numbers of a palette are tissue. Black is none; but where no pixel is black, number 0 is the background, whatever its colour:
 * QuPath exports labels with a white 0.
 */

export interface Palette {
  /** 1 where a colour is not black and not transparent. */
  readonly coloured: readonly number[]
  readonly transparent: readonly number[]
}

export function paletteSet({ coloured, transparent }: Palette, used: Uint8Array, warnings: string[]): Uint8Array {
  const set = Uint8Array.from({ length: 256 }, (_, i) => coloured[i] ?? 0)
  const numbers = [...used.keys()].filter((i) => used[i] !== 0)
  const beyond = numbers.find((i) => coloured[i] === undefined)
  if (beyond !== undefined) throw new RangeError(`pixels of number ${beyond} are beyond its palette of ${coloured.length} colours`)
  const hasGround = numbers.some((i) => set[i] === 0)
  if (!hasGround && used[0] !== 0 && coloured.length > 1) {
    set[0] = 0
    warnings.push('none of its pixels is black: number 0 of its palette was taken for the ground')
    return set
  }
  const [black] = numbers.filter((i) => i > 0 && set[i] === 0 && transparent[i] !== 1)
  if (used[0] !== 0 && black !== undefined) {
    // Number 0 may be transparent, of whichever colour.
    if (set[0] === 0)
      warnings.push(`number ${black} of its palette is black, and was taken for the ground as number 0 was (classes: ${black} takes it)`)
    else warnings.push(`number ${black} of its palette is black and number 0 is not: black was taken for the ground`)
  }
  return set
}
