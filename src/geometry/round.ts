/** Rounding as NumPy rounds: ties to even. The one place. */
export function roundHalfEven(value: number): number {
  const down = Math.floor(value)
  const over = value - down
  if (over === 0.5) return down % 2 === 0 ? down : down + 1
  return over < 0.5 ? down : down + 1
}

/** As people are told it: four digits. */
export const fourDigits = (value: number): number => Number(value.toPrecision(4))

/** The same of what is a rough size: three digits. */
export const threeDigits = (value: number): number => Number(value.toPrecision(3))
