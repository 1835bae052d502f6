/** Three numbers out of a text, one for each colour: `0.485,0.456,0.406`. Null where it holds anything else. */
export function threeNumbers(written: string): readonly [number, number, number] | null {
  // Nothing between two commas would be a 0.
  const numbers = written.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one)))
  const [r, g, b] = numbers
  if (numbers.length !== 3 || r === undefined || g === undefined || b === undefined || !numbers.every(Number.isFinite)) return null
  return [r, g, b]
}
