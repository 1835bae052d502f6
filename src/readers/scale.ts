/** How large a pixel is: what the file says, what the user says (who wins), and what follows from the other of the two. Pure. */

import type { SlideInfo, SlideRef } from '../core/slide.js'
import type { Size } from '../geometry/region.js'
import { mppFromPower, powerFromMpp } from '../geometry/resolution.js'
import { fourDigits } from '../geometry/round.js'

export interface FoundScale {
  readonly mpp?: Mpp
  readonly mppSource?: string
  readonly power?: number
  readonly powerSource?: string
  /** Who wrote it chose it for this picture, which may be a map or an overview: it is no default, however coarse. */
  readonly meant?: boolean
  /** What another part of the file says, which does not count. */
  readonly otherwise?: { readonly mpp: Mpp; readonly source: string }
}

/** µm: finer than any light microscope's camera sees. */
export const FINEST = 0.02
/** µm: coarser than any slide is scanned, and every number of a print (72 to 1200 to the inch) is. */
export const COARSEST = 10

/** µm: coarser than the overview of a slide, more likely nm. */
const OVERVIEW = 100
/** µm: no scanner of slides has finer pixels, but a camera at an objective of 100 x. */
const FINE = 0.06
/** mm: the longest side of the largest glass that scanners take (8 by 10 inches), and of one that is seen at times (4 by 5). Most are 76. */
const LARGEST_GLASS = 300
const LARGE_GLASS = 130
/** Pixels and power of one scanner are seldom more than a factor of 2 from the rule: a camera has an adapter. */
const FARTHEST = 3

/** µm of both axes. Where only one is said, or understood, the pixel is taken for square. */
export function bothAxes(along: (axis: 'X' | 'Y') => number | undefined, warnings: string[]): { x: number; y: number } | undefined {
  const positive = (said = 0) => (said > 0 ? said : undefined)
  const [x, y] = [positive(along('X')), positive(along('Y'))]
  if (x === undefined && y === undefined) return undefined
  if (x === undefined || y === undefined)
    warnings.push(`only the ${x === undefined ? 'height' : 'width'} of a pixel is said, or understood: it is taken for square`)
  return { x: x ?? y!, y: y ?? x! }
}

/** `size`: of level 0. */
export function scaleOf(
  found: FoundScale,
  ref: SlideRef,
  size?: Size,
): Pick<SlideInfo, 'mpp' | 'mppSource' | 'power' | 'powerSource'> & { warnings: string[] } {
  const warnings: string[] = []
  let { mpp, mppSource, power, powerSource } = found
  const odd = mpp === undefined ? undefined : oddness(mpp, found.meant === true, size)
  if (mpp !== undefined && odd !== undefined && ref.mpp === undefined) {
    warnings.push(`${sizeText(mpp)} (${mppSource}) ${odd}: it is ignored; give the right value as mpp`)
    mpp = undefined
    mppSource = undefined
  }
  if (mpp !== undefined && odd === undefined && ref.mpp === undefined) warnings.push(...doubtsOf(found, mpp, size))
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

function oddness(mpp: Mpp, meant: boolean, size: Size | undefined): string | undefined {
  if (isTooFine(mpp)) return noMicroscope
  if (!meant && (mpp.x > COARSEST || mpp.y > COARSEST)) return `${noMicroscope} but a print's or a screen's`
  return longest(mpp, size) > LARGEST_GLASS ? `would make a slide of ${glassText(mpp, size!)}, larger than any glass` : undefined
}

/** What makes a size of a pixel doubtful that is possible: it is told, and counts. */
function doubtsOf({ mppSource, power, meant, otherwise }: FoundScale, mpp: Mpp, size: Size | undefined): string[] {
  const own = `${sizeText(mpp)} (${mppSource})`
  const doubts: string[] = []
  if (longest(mpp, size) > LARGE_GLASS)
    doubts.push(`${own} makes a slide of ${glassText(mpp, size!)}, and a glass is 76 x 26 mm: is it too large?`)
  if (!meant && isFar(mpp.x, mpp.y)) doubts.push(`${own} is not square, as those of scanners are: is one side wrong?`)
  else if (power === undefined && mpp.x < FINE) doubts.push(`${own} is finer than those of scanners: is it too small?`)
  if (power === undefined && mpp.x === 1 && mpp.y === 1) doubts.push(`${own} is what programs write that do not know it: is it right?`)
  if (otherwise !== undefined && oddness(otherwise.mpp, false, size) === undefined && isOther(mpp, otherwise.mpp))
    doubts.push(`${own} counts, and the file says ${sizeText(otherwise.mpp)}, too (${otherwise.source})`)
  return doubts
}

const isOther = (one: Mpp, other: Mpp) => isFar(one.x, other.x) || isFar(one.y, other.y)

/** mm; 0 where the size is not known. */
const longest = (mpp: Mpp, size: Size | undefined) => (size === undefined ? 0 : Math.max(size.width * mpp.x, size.height * mpp.y) / 1000)
const glassText = (mpp: Mpp, { width, height }: Size) => `${fourDigits((width * mpp.x) / 1000)} x ${fourDigits((height * mpp.y) / 1000)} mm`

const sizeText = ({ x, y }: Mpp) => `a pixel of ${fourDigits(x)} x ${fourDigits(y)} µm`
