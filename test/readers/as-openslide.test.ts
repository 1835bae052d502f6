/** Numbers of OpenSlide 4.0.1 (`read_region` on a tiled TIFF of these pixels) and of OpenCV 4.14 (`resize`, INTER_AREA). */

import test from 'ava'
import { resize } from '../../src/geometry/resample.js'
import { moveAsOpenSlide, movedFor, onWhite, sourceOf } from '../../src/readers/as-openslide.js'
import { levelBox } from '../../src/readers/level-box.js'
import { levelOf } from '../../src/readers/store.js'

const tile = { width: 16, height: 16 }
const base = { width: 61, height: 47 }
const level = levelOf(30, 23, tile, base)
const levels = [levelOf(base.width, base.height, tile), level]

/** Bytes of the generator x' = (1103515245 x + 12345) mod 2^31, bits 16 to 23, from x = width * 1000 + height. */
function picture(width: number, height: number): Uint8Array {
  let x = width * 1000 + height
  return Uint8Array.from({ length: width * height * 3 }, () => {
    x = Number((1_103_515_245n * BigInt(x) + 12_345n) % 2n ** 31n)
    return (x >> 16) & 255
  })
}

/** The level's pixels of a box; white outside of it. */
function cut(box: { x: number; y: number; width: number; height: number }): Uint8Array {
  const all = picture(level.width, level.height)
  const out = new Uint8Array(box.width * box.height * 3).fill(255)
  for (let j = 0; j < box.height; j++) {
    for (let i = 0; i < box.width; i++) {
      const [x, y] = [box.x + i, box.y + j]
      if (x < level.width && y < level.height)
        out.set(all.subarray((y * level.width + x) * 3, (y * level.width + x) * 3 + 3), (j * box.width + i) * 3)
    }
  }
  return out
}

const near = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).every((v, i) => Math.abs(v - b[i]!) <= 1)

test('a corner between pixels: means over four tiles, as OpenSlide paints them', (t) => {
  const moved = movedFor({ region: { x: 25, y: 27, width: 8, height: 8 }, width: 4, height: 4 }, level)
  const { data, channels } = moveAsOpenSlide(cut(sourceOf(moved)), moved, level)
  t.is(channels, 3)
  // biome-ignore format: rows of the picture
  const theirs = [
    83, 111, 134, 100, 139, 128, 57, 131, 72, 62, 135, 114,
    119, 148, 32, 151, 141, 68, 81, 159, 129, 128, 166, 211,
    168, 146, 101, 83, 118, 122, 161, 182, 189, 133, 184, 147,
    187, 74, 118, 111, 216, 136, 84, 184, 131, 126, 124, 74,
  ]
  t.is(data.length, theirs.length)
  t.true(near(data, theirs), Array.from(data).join(' '))
})

test('parts of a pixel are known to the 65,536th, as to pixman', (t) => {
  const moved = movedFor({ region: { x: 25, y: 32, width: 8, height: 8 }, width: 4, height: 4 }, level)
  const { data } = moveAsOpenSlide(cut(sourceOf(moved)), moved, level)
  // With parts of any fineness two of these are another number.
  // biome-ignore format: rows of the picture
  const theirs = [
    178, 107, 119, 95, 189, 112, 98, 197, 150, 126, 149, 97,
    190, 59, 90, 124, 183, 194, 136, 143, 145, 135, 119, 92,
    90, 126, 167, 111, 162, 213, 105, 55, 158, 100, 63, 172,
    130, 154, 135, 154, 109, 90, 90, 94, 157, 162, 161, 177,
  ]
  t.deepEqual([...data], theirs)
})

test('the last row of a moved level is transparent in part, and what lies beyond is white', (t) => {
  const moved = movedFor({ region: { x: 53, y: 39, width: 10, height: 8 }, width: 5, height: 4 }, level)
  const { data, channels } = moveAsOpenSlide(cut(sourceOf(moved)), moved, level)
  t.is(channels, 4)
  // OpenSlide's row 3, its pixels 0 to 3; the fifth lies outside, where TIAToolbox fills with opaque white.
  const last = [33, 72, 122, 222, 51, 240, 149, 222, 57, 22, 62, 222, 21, 106, 231, 221]
  t.true(near(data.subarray(3 * 20, 3 * 20 + 16), last), Array.from(data.subarray(60)).join(' '))
  t.deepEqual([...data.subarray(76, 80)], [255, 255, 255, 255])
  const out = new Uint8Array(3)
  onWhite(Uint8Array.of(100, 0, 255, 51), out)
  t.deepEqual([...out], [224, 204, 255])
})

test('a picture of more than 4,096 pixels is made in pieces, each from a whole baseline pixel', (t) => {
  // 9803 x 601 and its half, 4901 x 300: OpenSlide's downsample is (9803 / 4901 + 601 / 300) / 2.
  const half = levelOf(4901, 300, { width: 112, height: 96 }, { width: 9803, height: 601 })
  const down = (9803 / 4901 + 601 / 300) / 2
  const { x, y } = movedFor({ region: { x: 37, y: 4, width: 8600, height: 8 }, width: 4300, height: 4 }, half)
  t.deepEqual(
    x.pieces.map(({ at, length }) => [at, length]),
    [
      [0, 4096],
      [4096, 200],
    ],
  )
  const corners = [37, Math.floor(37 + 4096 * down)]
  t.deepEqual(
    x.pieces.map(({ start }) => start),
    corners.map((corner) => Math.floor(corner / down)),
  )
  for (const [i, { part }] of x.pieces.entries()) t.is(part, Math.round(((corners[i]! / down) % 1) * 65536) / 65536)
  t.is(y.pieces.length, 1)
  t.deepEqual(sourceOf({ x, y }), { x: 18, y: 1, width: 4297, height: 5 })
  // Two halves, each as if it were alone, are the picture.
  const source = sourceOf({ x, y })
  const noise = picture(source.width, source.height)
  const whole = moveAsOpenSlide(noise, { x, y }, half)
  const [, second] = x.pieces
  const alone = { x: { first: x.first + 4096, length: 200, pieces: [{ ...second!, at: 0 }] }, y }
  const own = sourceOf(alone)
  const cutOut = new Uint8Array(own.width * own.height * 3)
  for (let j = 0; j < own.height; j++) {
    const from = (j * source.width + own.x - source.x) * 3
    cutOut.set(noise.subarray(from, from + own.width * 3), j * own.width * 3)
  }
  const right = moveAsOpenSlide(cutOut, alone, half)
  for (let j = 0; j < 4; j++) {
    const row = whole.data.subarray((j * x.length + 4096) * 3, (j + 1) * x.length * 3)
    t.deepEqual([...row], [...right.data.subarray(j * 600, (j + 1) * 600)])
  }
})

test('level 0 and exact reading are not moved', (t) => {
  const request = { region: { x: 25, y: 27, width: 8, height: 8 }, width: 4, height: 4, level: 1 }
  t.is(levelBox(request, levels).moved, undefined)
  t.is(levelBox({ ...request, level: 0 }, levels, 'tiatoolbox').moved, undefined)
  t.not(levelBox(request, levels, 'tiatoolbox').moved, undefined)
})

test('enlarging by area takes the pixel that OpenCV takes where a share is almost whole', (t) => {
  for (const [length, outLength, at, value] of [
    [2, 98, 49, 13],
    [4, 98, 49, 110],
    [6, 34, 17, 207],
  ] as const) {
    const row = Array.from({ length }, (_, i) => (i * 97 + 13) % 256)
    const out = new Uint8Array(outLength * outLength)
    resize(
      Uint8Array.from({ length: length * length }, (_, i) => row[i % length]!),
      { width: length, height: length },
      out,
      { width: outLength, height: outLength },
      'area',
      1,
    )
    t.is(out[at], value, `${length} to ${outLength}`)
  }
})
