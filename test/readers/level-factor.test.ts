/** How many times smaller a level is: by sizes as a rule, by the size of a pixel where it was filled up, and none where it shows something else. */

import test from 'ava'
import { factorOf } from '../../src/readers/level-factor.js'

const size = (width: number, height: number) => ({ width, height })
const both = (factor: number) => ({ x: factor, y: factor })

test('sizes count where what is said fits them, or nothing is said, or the same of every level', (t) => {
  const base = size(301, 199)
  for (const said of [both(4), undefined, both(1), both(1.004), both(0), { x: -4, y: 4 }])
    t.deepEqual(factorOf({ base, level: size(76, 50), said }), { x: 301 / 76, y: 199 / 50 })
  // Halved ten times, rounded down each time, and up.
  t.deepEqual(factorOf({ base: size(2047, 2047), level: size(1, 1), said: both(1024) }), both(2047))
  t.deepEqual(factorOf({ base: size(2049, 2049), level: size(3, 3), said: both(1024) }), both(683))
})

test('a level that was filled up lies where the size of its pixels says', (t) => {
  const tile = size(256, 256)
  t.deepEqual(factorOf({ base: size(10_000, 7000), level: size(2560, 1792), said: both(4), tile }), both(4))
  t.deepEqual(factorOf({ base: size(10_000, 7000), level: size(2500, 1792), said: both(4), tile }), both(4))
})

test('a level that is larger than its pixels say, by more than a tile, or along one side, is none', async (t) => {
  const base = size(1024, 768)
  for (const [said, tile] of [
    [both(4), size(128, 128)],
    [{ x: 2, y: 4 }, size(512, 512)],
    [{ x: 4, y: 2 }, size(512, 512)],
    [{ x: 2, y: 2000 }, size(512, 512)],
    [both(4), undefined],
  ] as const)
    t.regex(
      factorOf({ base, level: size(512, 384), said, tile }) as string,
      /times as large as those of level 0, of which it then shows more than there is/,
    )
  // Where the sizes say the same, a picture may be shrunk along one side.
  t.deepEqual(factorOf({ base, level: size(512, 768), said: { x: 2, y: 1 }, tile: size(128, 128) }), { x: 2, y: 1 })
})

test('a level that shows a part, or begins elsewhere, is none; half a pixel off is where pixels of a level have their middle', (t) => {
  const base = size(300, 200)
  t.regex(
    factorOf({ base, level: size(110, 80), said: both(2) }) as string,
    /2 x 2 times as large as those of level 0, of which it then shows a part/,
  )
  t.regex(
    factorOf({ base, level: size(150, 100), said: both(2), at: { x: 75, y: 50 } }) as string,
    /begins 75, 50 pixels from where level 0 does/,
  )
  t.deepEqual(factorOf({ base, level: size(75, 50), said: both(4), at: both(1.5) }), both(4))
  t.regex(factorOf({ base, level: size(150, 100), at: { x: 0, y: -3 } }) as string, /begins 0, -3 pixels/)
})
