/** Stain normalisation: the answers of TIAToolbox, and what Beer and Lambert say of a picture whose stains are known. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { toLab } from '../../../src/stages/stainnorm/lab.js'
import { byPatch, bySlide, type Method } from '../../../src/stages/stainnorm/normaliser.js'
import { percentile } from '../../../src/stages/stainnorm/percentile.js'
import { macenkoStains, type Stains, stainingOf } from '../../../src/stages/stainnorm/stains.js'
import { tissueOf } from '../../../src/stages/stainnorm/tissue.js'
import { floats, picture } from '../../formula.js'

const golden: Readonly<Record<Method, Readonly<Record<string, string>>>> = JSON.parse(
  readFileSync(path.join(packageRoot, 'test/golden/stainnorm.json'), 'utf8'),
)

/** As test/golden/stainnorm.py has them. */
const pictures = {
  stained: picture('stained', 16, 24, [110, 50, 110], [240, 200, 235]),
  pale: picture('pale', 16, 24, [190, 150, 190], [250, 245, 250]),
  any: picture('any', 24, 16),
}
const target = picture('target', 24, 24, [70, 30, 100], [235, 190, 225])

const farthest = (a: Uint8Array, b: Uint8Array) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)

for (const [method, most] of [
  ['macenko', 1],
  ['ruifrok', 1],
  // Of L*a*b* one step is up to four grey levels.
  ['reinhard', 4],
] as const)
  test(`${method}: TIAToolbox's pictures, within ${most} grey levels`, (t) => {
    const normalise = byPatch(method, target)!
    for (const [name, pixels] of Object.entries(pictures)) {
      const own = pixels.slice()
      t.true(normalise(own), name)
      const theirs = Buffer.from(golden[method][name]!, 'base64')
      t.is(theirs.length, own.length)
      t.true(farthest(own, theirs) <= most, `${name}: ${farthest(own, theirs)}`)
      const sum = own.reduce((all, value, i) => all + Math.abs(value - theirs[i]!), 0)
      t.true(sum / own.length < 0.2, `${name}: ${sum / own.length} on average`)
    }
  })

/** 64 × 64 pixels stained with random amounts of both, up to `most`; the first rows with one of them alone. */
function stainedWith([h, e]: Stains, most: readonly [number, number]): Uint8Array {
  const count = 64 * 64
  const amounts = floats('amounts', 2 * count, 0.05, 1)
  return Uint8Array.from({ length: count * 3 }, (_, i) => {
    const [pixel, colour] = [Math.floor(i / 3), i % 3]
    const hasH = pixel < 256 || pixel >= 512
    const hasE = pixel >= 256
    const density = (hasH ? amounts[2 * pixel]! * most[0] * h[colour]! : 0) + (hasE ? amounts[2 * pixel + 1]! * most[1] * e[colour]! : 0)
    return Math.round(255 * Math.exp(-density))
  })
}

const unit = (...vector: readonly [number, number, number]) => {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length) as unknown as [number, number, number]
}

test('macenko finds the stains that a picture was made of, and restains it as if it were made of those of the target', (t) => {
  const own: Stains = [unit(0.65, 0.7, 0.29), unit(0.1, 0.95, 0.25)]
  const other: Stains = [unit(0.5, 0.75, 0.45), unit(0.2, 0.8, 0.55)]
  const pixels = stainedWith(own, [1.2, 0.8])
  const wanted = stainedWith(other, [1.8, 1])
  const found = macenkoStains(tissueOf(pixels))!
  for (const [stain, truth] of [
    [found[0], own[0]],
    [found[1], own[1]],
  ] as const)
    for (const colour of [0, 1, 2]) t.true(Math.abs(stain[colour]! - truth[colour]!) < 0.03, `${stain} for ${truth}`)
  t.true(byPatch('macenko', wanted)!(pixels))
  t.true(farthest(pixels, wanted) <= 8, `${farthest(pixels, wanted)}`)
})

test('by slide, a patch of one stain alone becomes what that stain is in the target; by itself it cannot be told', (t) => {
  const own: Stains = [unit(0.65, 0.7, 0.29), unit(0.1, 0.95, 0.25)]
  const other: Stains = [unit(0.5, 0.75, 0.45), unit(0.2, 0.8, 0.55)]
  const [slide, wanted] = [stainedWith(own, [1.2, 0.8]), stainedWith(other, [1.8, 1])]
  const normalise = bySlide('macenko', slide, wanted)!
  // The first 256 pixels are of haematoxylin alone, the next of eosin.
  for (const from of [0, 256 * 3]) {
    const pixels = slide.slice(from, from + 256 * 3)
    const truth = wanted.subarray(from, from + 256 * 3)
    const alone = pixels.slice()
    t.true(normalise(pixels))
    t.true(farthest(pixels, truth) <= 16, `${farthest(pixels, truth)}`)
    t.true(byPatch('macenko', wanted)!(alone))
    t.true(farthest(alone, truth) > 40, `${farthest(alone, truth)}`)
  }
  const white = new Uint8Array(30).fill(255)
  t.true(normalise(white))
  t.true(white.every((byte) => byte >= 254))
  // A slide without tissue.
  t.false(bySlide('macenko', new Uint8Array(300).fill(255), wanted)!(white))
  for (const method of ['macenko', 'reinhard'] as const) t.is(bySlide(method, slide, new Uint8Array(300).fill(255)), null)
})

test('a picture in which nothing is stained stays as it is; as a target it is refused', (t) => {
  for (const value of [0, 128, 255]) {
    for (const method of ['macenko', 'reinhard'] as const) {
      const even = new Uint8Array(48).fill(value)
      t.false(byPatch(method, target)!(even), `${method} ${value}`)
      t.true(even.every((byte) => byte === value))
      t.is(byPatch(method, even), null)
    }
  }
  // A single pixel, none.
  for (const length of [3, 0]) t.is(macenkoStains(new Uint8Array(length).fill(90)), null)
  t.is(stainingOf(new Uint8Array(0), [unit(1, 0, 0), unit(0, 1, 0)]), null)
  // Two stains that are one cannot be told apart.
  t.is(stainingOf(target, [unit(1, 1, 1), unit(1, 1, 1)]), null)
})

test('without a target the stains become those of the reference; reinhard has none', (t) => {
  const pixels = pictures.stained.slice()
  t.true(byPatch('macenko')!(pixels))
  const now = stainingOf(pixels, macenkoStains(tissueOf(pixels)))!
  for (const [i, most] of [1.9705, 1.0308].entries()) t.true(Math.abs(now.most[i]! - most) < 0.15 * most, `${now.most}`)
  t.is(byPatch('reinhard'), null)
})

test('L*a*b* of white, black, red, green and blue are those of OpenCV', (t) => {
  const pixels = Uint8Array.of(255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255)
  toLab(pixels)
  t.deepEqual([...pixels], [255, 128, 128, 0, 128, 128, 136, 208, 195, 224, 42, 211, 82, 207, 20])
})

test('percentiles are those of sorted numbers', (t) => {
  const mixed = floats('numbers', 1000, -2, 3)
  const sorted = mixed.toSorted()
  for (const p of [0, 1, 37.5, 50, 99, 100]) {
    const place = (999 * p) / 100
    const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.min(999, Math.floor(place) + 1)]!]
    t.is(percentile(mixed, p), below + (above - below) * (place - Math.floor(place)), `${p}`)
  }
  t.is(percentile(Float32Array.of(-1, 1, -1, 1), 50), 0)
  t.is(percentile(Float32Array.of(7), 99), 7)
  t.is(percentile(new Float32Array(0), 50), Number.NaN)
})
