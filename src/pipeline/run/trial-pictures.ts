/**
 * Pictures to try a model on: patches of the first slide of the cohort, the most varied of a lattice over it, as each input wants them; of the
 * demo slide where that one cannot be read.
 */

import path from 'node:path'
import type { ModelCard, ModelInput } from '../../core/model.js'
import { packageRoot } from '../../core/package-root.js'
import { providedIn } from '../../core/roles.js'
import type { Slide, SlideRef } from '../../core/slide.js'
import { convert, type Resolution } from '../../geometry/resolution.js'
import { openWith } from '../../readers/open-with.js'
import type { Plan } from '../plan/plan-type.js'
import { slidesOf } from './slides-of.js'

/** Pictures a model is tried on, and along each side those that they are taken from. */
const count = 16
const across = 8

const demo: SlideRef = { kind: 'slide', id: 'demo', uri: path.join(packageRoot, 'fixtures/slides/demo.tif'), carried: {} }

/** For each input, the pictures one after another. */
export async function trialPictures(plan: Plan, card: ModelCard): Promise<readonly Uint8Array[]> {
  const own = await firstOf(plan)
  const read = own && (await picturesFrom(own, plan, card).catch(() => null))
  return read ?? picturesFrom(demo, plan, card)
}

/** The same of the demo slide: for whether a library computes what the graph says, which is the same on every slide. */
export const demoPictures = (plan: Plan, card: ModelCard): Promise<readonly Uint8Array[]> => picturesFrom(demo, plan, card)

async function firstOf(plan: Plan): Promise<SlideRef | null> {
  try {
    for await (const ref of slidesOf(plan)) return ref.kind === 'set' ? null : ref
  } catch {
    // The run will say what is wrong with its slides.
  }
  return null
}

async function picturesFrom(ref: SlideRef, { environment, stages }: Plan, { inputs }: ModelCard): Promise<readonly Uint8Array[]> {
  const slide = await openWith(environment.readers, ref)
  try {
    const [first] = inputs
    const grid = providedIn(stages, 'grid')[0]?.at
    const places = everywhere(slide)
    const all = await readAt(slide, first!, places, grid)
    const chosen = all
      .map((pixels, place) => ({ place, varied: variance(pixels) }))
      .sort((a, b) => b.varied - a.varied)
      .slice(0, count)
      .map(({ place }) => place)
    const centres = chosen.map((n) => places[n]!)
    const others = await Promise.all(inputs.slice(1).map((input) => readAt(slide, input, centres, grid)))
    return [chosen.map((n) => all[n]!), ...others].map((some) => new Uint8Array(Buffer.concat(some)))
  } finally {
    await slide.close()
  }
}

type Place = readonly [x: number, y: number]

/** Centres of the fields of a lattice, in baseline pixels. */
function everywhere({ info: { width, height } }: Slide): readonly Place[] {
  const places: Place[] = []
  for (let row = 0; row < across; row++)
    for (let column = 0; column < across; column++) places.push([((column + 0.5) * width) / across, ((row + 0.5) * height) / across])
  return places
}

async function readAt(
  slide: Slide,
  { width, height, at }: ModelInput,
  places: readonly Place[],
  grid: Resolution | undefined,
): Promise<readonly Uint8Array[]> {
  const scale = scaleOf(slide, at ?? grid)
  const requests = places.map(([x, y]) => {
    const [w, h] = [width / scale.x, height / scale.y]
    return { region: { x: Math.round(x - w / 2), y: Math.round(y - h / 2), width: Math.round(w), height: Math.round(h) }, width, height }
  })
  const out = requests.map(() => new Uint8Array(width * height * 3))
  const [error] = (await slide.read(requests, out)).filter((one) => one !== undefined && one !== null)
  if (error) throw error
  return out
}

/** Pixels of a picture for one of the baseline; a slide that does not say how large its pixels are is taken as it is. */
function scaleOf({ info }: Slide, at: Resolution | undefined): { readonly x: number; readonly y: number } {
  const asIs = { x: 1, y: 1 }
  if (at === undefined) return asIs
  try {
    return convert(info, at).baseline
  } catch {
    return asIs
  }
}

function variance(pixels: Uint8Array): number {
  let [sum, squares] = [0, 0]
  for (const value of pixels) {
    sum += value
    squares += value * value
  }
  return squares / pixels.length - (sum / pixels.length) ** 2
}
