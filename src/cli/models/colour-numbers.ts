/** What stands behind `--mean` and `--std`: a number for each colour. */

import { InvalidArgumentError } from 'commander'

export function triple(written: string): readonly [number, number, number] {
  // Nothing between two commas would be a 0.
  const numbers = written.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one)))
  const [r, g, b] = numbers
  if (numbers.length !== 3 || r === undefined || g === undefined || b === undefined || !numbers.every(Number.isFinite)) {
    throw new InvalidArgumentError('write three numbers: 0.485,0.456,0.406')
  }
  return [r, g, b]
}

export function aboveZero(written: string): readonly [number, number, number] {
  const numbers = triple(written)
  if (!numbers.every((v) => v > 0)) throw new InvalidArgumentError('each must be above 0')
  return numbers
}
