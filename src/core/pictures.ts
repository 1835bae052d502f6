/**
 * The pictures that models want of each patch: of one model those of its inputs, of several those of all, and each of them once. They are
 * read together, so that what they share on the slide is decoded once.
 */

import { coarserBy, type Resolution } from '../geometry/resolution.js'
import type { ModelInput } from './model.js'
import type { PlanContext } from './stage.js'

/** A picture of each patch, around its centre. */
export interface Head {
  readonly width: number
  readonly height: number
  /** Absent: the patch itself. */
  readonly at?: Resolution
  /** For a quantised input: 3 × 256 bytes that take the place of the grey levels. */
  readonly lookup?: Uint8Array
}

export interface Pictures {
  readonly heads: readonly Head[]
  /** Of each model, in the order in which they are asked: which heads its inputs are. */
  readonly of: readonly (readonly number[])[]
}

export function picturesOf(plan: PlanContext): Pictures {
  const heads: Head[] = []
  const of = plan.provided('answers').map(({ model }, m) => {
    const own: number[] = []
    for (const [i, input] of plan.card(model).inputs.entries()) {
      const head = headOf(input, m === 0 && i === 0 ? undefined : resolutionOf(plan.card(model).inputs, i, plan))
      // Two inputs of one model that want the same are two pictures: their bytes go to its thread, each once.
      const known = heads.findIndex((other, at) => keyOf(other) === keyOf(head) && !own.includes(at))
      own.push(known < 0 ? heads.push(head) - 1 : known)
    }
    return own
  })
  return { heads, of }
}

/**
 * The grid was laid for the first input of the first model: that one sees the patch itself. Every other one, of whichever model, sees its own
 * size around the same centre, at its resolution or else the grid's; where that is the patch itself, the patch itself. Tiles are taken as they
 * are, so an input of one sees as much more of it as of a slide, beside the first of its model. Ready-cut pictures are all that there is.
 */
function resolutionOf(inputs: readonly ModelInput[], i: number, plan: PlanContext): Resolution | undefined {
  const [grid] = plan.provided('grid')
  if (!grid) return undefined
  const { width, height, at } = inputs[i]!
  // That of tiles is `baseline`, whose values fall where pixels grow.
  const wanted = plan.kind === 'slide' ? (at ?? grid.at) : { ...grid.at, value: grid.at.value / coarserBy(inputs[0]!.at, at) }
  const same = wanted.units === grid.at.units && wanted.value === grid.at.value && width === grid.patch[0] && height === grid.patch[1]
  return same ? undefined : wanted
}

const headOf = ({ width, height, lookup }: ModelInput, at: Resolution | undefined): Head => ({
  width,
  height,
  ...(at === undefined ? {} : { at }),
  ...(lookup === undefined ? {} : { lookup }),
})

const keyOf = ({ width, height, at, lookup }: Head): string =>
  [width, height, at?.value, at?.units, lookup && Buffer.from(lookup).toString('latin1')].join(' ')

/** Bytes of one patch in all pictures that are wanted of it: RGB. */
export const pictureBytes = (plan: PlanContext): number =>
  picturesOf(plan).heads.reduce((sum, { width, height }) => sum + width * height * 3, 0)

/** Pixels of a patch of the grid; undefined where there is none. */
export function patchPixels(plan: PlanContext): number | undefined {
  const [grid] = plan.provided('grid')
  return grid && grid.patch[0] * grid.patch[1]
}
