/** How large a pixel is: what the file says, what the user says (who wins), and what follows from the other of the two. Pure. */

import type { SlideInfo, SlideRef } from '../core/slide.js'

export interface FoundScale {
  readonly mpp?: { readonly x: number; readonly y: number }
  readonly mppSource?: string
  readonly power?: number
  readonly powerSource?: string
}

/** Below and above, no light microscope works: such a value is kept, but said to be odd. */
const FINEST = 0.01
const COARSEST = 100

const isAbsurd = (mpp: number) => mpp < FINEST || mpp > COARSEST

/** Magnifications that objectives have. */
const powers = [1, 1.25, 2, 2.5, 4, 5, 10, 20, 40, 60, 90, 100]

/** The rule of thumb: 10 ÷ power µm a pixel. */
const RULE = 10

export function scaleOf(
  found: FoundScale,
  ref: SlideRef,
): Pick<SlideInfo, 'mpp' | 'mppSource' | 'power' | 'powerSource'> & { warnings: string[] } {
  const warnings: string[] = []
  let { mpp, mppSource, power, powerSource } = found
  if (ref.mpp !== undefined) {
    mpp = { x: ref.mpp, y: ref.mpp }
    mppSource = 'given in the list'
  }
  if (ref.power !== undefined) {
    power = ref.power
    powerSource = 'given in the list'
  }
  if (mpp !== undefined && (isAbsurd(mpp.x) || isAbsurd(mpp.y))) {
    warnings.push(`a pixel of ${rounded(mpp.x)} x ${rounded(mpp.y)} µm (${mppSource}) is no microscope's: give the right value as mpp`)
  } else if (mpp !== undefined && power === undefined) {
    const asked = RULE / mpp.x
    power = powers.reduce((best, p) => (Math.abs(p - asked) < Math.abs(best - asked) ? p : best))
    powerSource = `estimated from ${rounded(mpp.x)} mpp (nearest objective to 10 / mpp)`
  }
  if (mpp === undefined && power !== undefined) {
    mpp = { x: RULE / power, y: RULE / power }
    mppSource = `estimated from power ${power} (10 / power)`
  }
  return {
    ...(mpp === undefined ? {} : { mpp, mppSource: mppSource! }),
    ...(power === undefined ? {} : { power, powerSource: powerSource! }),
    warnings,
  }
}

const rounded = (value: number) => Number(value.toPrecision(4))
