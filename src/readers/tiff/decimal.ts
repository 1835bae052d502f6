/** A positive number as scanners and people write it: `0.2523`, `0,2523`, `0.2523 um`, `20x`. */

const written = /^\+?(\d+(?:[.,]\d*)?|[.,]\d+)(e[+-]?\d+)?\s*(?:(?:um|µm|μm|microns?)(?:\s*\/\s*(?:px|pixel))?|x)?$/i

/** undefined when it is none, or not positive. */
export function decimal(text: string | undefined): number | undefined {
  const match = text === undefined || text.length > 100 ? null : written.exec(text.trim())
  const value = match === null ? Number.NaN : Number(`${match[1]!.replace(',', '.')}${match[2] ?? ''}`)
  return Number.isFinite(value) && value > 0 ? value : undefined
}
