/** How large a pixel is: what the file says, what the user says (who wins), and what follows from the other of the two. Pure. */

import type { SlideInfo, SlideRef } from '../core/slide.js'
import { mppFromPower, powerFromMpp } from '../geometry/resolution.js'
import { fourDigits } from '../geometry/round.js'

export interface FoundScale {
  readonly mpp?: Mpp
  readonly mppSource?: string
  readonly power?: number
  readonly powerSource?: string
  /** Who wrote it chose it for this picture, which may be a map or an overview: it is no default, however coarse. */
  readonly meant?: boolean
}

/** µm: finer than any light microscope's camera sees. */
const FINEST = 0.02
/** µm: coarser than any slide is scanned, and every number of a print (72 to 1200 to the inch) is. */
const COARSEST = 10

/** µm: coarser than the overview of a slide, more likely nm. */
const OVERVIEW = 100
/** Pixels and power of one scanner are seldom more than a factor of 2 from the rule: a camera has an adapter. */
const FARTHEST = 3

export function scaleOf(
  found: FoundScale,
  ref: SlideRef,
): Pick<SlideInfo, 'mpp' | 'mppSource' | 'power' | 'powerSource'> & { warnings: string[] } {
  const warnings: string[] = []
  let { mpp, mppSource, power, powerSource } = found
  const odd = mpp === undefined ? undefined : oddness(mpp, found.meant === true)
  if (mpp !== undefined && odd !== undefined && ref.mpp === undefined) {
    warnings.push(`${sizeText(mpp)} (${mppSource}) ${odd}: it is ignored; give the right value as mpp`)
    mpp = undefined
    mppSource = undefined
  }
  // A glob of slides of several scanners is given one size of a pixel, or a list has that of another cohort.
  if (ref.mpp !== undefined && mpp !== undefined && odd === undefined && isFar(ref.mpp, (mpp.x + mpp.y) / 2))
    warnings.push(`an mpp of ${fourDigits(ref.mpp)} is given, and counts; the file says ${sizeText(mpp)} (${mppSource})`)
  if (ref.power !== undefined && power !== undefined && isFar(ref.power, power))
    warnings.push(`a power of ${ref.power} is given, and counts; the file says ${power} (${powerSource})`)
  if (ref.mpp !== undefined) {
    mpp = { x: ref.mpp, y: ref.mpp }
    mppSource = 'given in the list'
  }
  if (ref.power !== undefined) {
    power = ref.power
    powerSource = 'given in the list'
  }
  const said = power
  if (mpp !== undefined && isTooFine(mpp)) {
    warnings.push(`${sizeText(mpp)} (${mppSource}) ${noMicroscope}`)
  } else if (mpp !== undefined && power === undefined && mpp.x <= COARSEST) {
    const mean = (mpp.x + mpp.y) / 2
    power = powerFromMpp(mean)
    powerSource = `estimated from ${fourDigits(mean)} mpp (nearest objective to 10 / mpp)`
  }
  if (ref.mpp !== undefined && ref.mpp > OVERVIEW)
    warnings.push(`${sizeText({ x: ref.mpp, y: ref.mpp })} (given in the list) ${noMicroscope}: mpp is in µm`)
  else if (mpp !== undefined && said !== undefined) {
    const factor = mpp.x / mppFromPower(said)
    if (factor > FARTHEST || factor < 1 / FARTHEST) {
      const rule = fourDigits(mppFromPower(said))
      warnings.push(
        `${sizeText(mpp)} (${mppSource}) and a power of ${said} (${powerSource}) do not go together, by rule it has ${rule} µm: is one of them wrong?`,
      )
    }
  }
  if (mpp === undefined && power !== undefined) {
    mpp = { x: mppFromPower(power), y: mppFromPower(power) }
    mppSource = `estimated from power ${power} (10 / power)`
  }
  return {
    ...(mpp === undefined ? {} : { mpp, mppSource: mppSource! }),
    ...(power === undefined ? {} : { power, powerSource: powerSource! }),
    warnings,
  }
}

/** More than what rounding and another way of measuring make. */
const isFar = (given: number, said: number) => given / said > 1.1 || said / given > 1.1

interface Mpp {
  readonly x: number
  readonly y: number
}

const noMicroscope = "is no microscope's"
const isTooFine = ({ x, y }: Mpp) => x < FINEST || y < FINEST

function oddness(mpp: Mpp, meant: boolean): string | undefined {
  if (isTooFine(mpp)) return noMicroscope
  return !meant && (mpp.x > COARSEST || mpp.y > COARSEST) ? `${noMicroscope} but a print's or a screen's` : undefined
}

const sizeText = ({ x, y }: Mpp) => `a pixel of ${fourDigits(x)} x ${fourDigits(y)} µm`
