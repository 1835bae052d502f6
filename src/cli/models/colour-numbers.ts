/** What stands behind `--mean` and `--std`: a number for each colour. */

import { InvalidArgumentError } from 'commander'
import { threeNumbers } from '../../core/text/three-numbers.js'

export function triple(written: string): readonly [number, number, number] {
  const numbers = threeNumbers(written)
  if (numbers === null) throw new InvalidArgumentError('write three numbers: 0.485,0.456,0.406')
  return numbers
}

export function aboveZero(written: string): readonly [number, number, number] {
  const numbers = triple(written)
  if (!numbers.every((v) => v > 0)) throw new InvalidArgumentError('each must be above 0')
  return numbers
}
