/** Amounts in the lines of commands. */

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** `12,345`. */
export const thousands = (count: number): string => count.toLocaleString('en-US')

/** A difference between two answers: small ones by their size alone, `2.3e-7`. */
export const difference = (value: number): string => (value === 0 ? '0' : value < 0.001 ? value.toExponential(1) : value.toPrecision(2))
