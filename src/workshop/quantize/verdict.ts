/** What an agreement is worth: a model that says something else than its parent is none, however fast it is. */

import { ModelError } from '../../core/errors.js'
import type { Agreement } from '../own/compare.js'

/** Of pictures that keep their class: below the first it is another model, below the second a person must decide. */
const leastSame = 0.5
const goodSame = 0.9
/** Of a probability. */
const rounding = 0.02
/** The same of numbers: how far they are off (root mean square), as a share of how large they are. */
const mostOff = 0.7
const goodOff = 0.2

export type Verdict = 'good' | 'poor' | 'another'

export function verdictOf({ same, pictures, rms, most, typical }: Agreement): Verdict {
  if (same !== null) {
    const share = same / pictures
    // Classes that change where no probability moved were in two minds before.
    return share < leastSame ? 'another' : share < goodSame && most > rounding ? 'poor' : 'good'
  }
  // Numbers that are all 0 and stay so agree.
  const off = rms === 0 ? 0 : rms / typical
  return off <= goodOff ? 'good' : off <= mostOff ? 'poor' : 'another'
}

/** Throws INT8_DIFFERS. */
export function refuseAnother(name: string, agreement: Agreement): void {
  if (verdictOf(agreement) !== 'another') return
  const { same, pictures, rms, typical } = agreement
  const short = (value: number) => Number(value.toPrecision(2))
  const what =
    same === null
      ? `its numbers are ${short(rms)} off, where they are about ${short(typical)}`
      : `it gives the same class for ${same} of ${pictures} patches`
  throw new ModelError('INT8_DIFFERS', `${name} says something else in int8: ${what}`, {
    hint: 'calibrate it on more patches of all kinds of tissue it will see, leave layers in floats (--keep), or use it as it is',
  })
}
