import test from 'ava'
import fc from 'fast-check'
import { balanced } from '../../../src/pipeline/tasks/balance.js'

test('the heaviest that is left goes to the lightest pack', (t) => {
  const packs = balanced([3, 7, 1, 5, 4, 2, 6], 3, (n) => n)
  t.deepEqual(
    packs.map(({ items }) => items),
    // 7 6 5, then 4 to 5 and 3 to 6, 2 to 7, and 1 to the first of those that weigh 9.
    [
      [7, 2, 1],
      [6, 3],
      [5, 4],
    ],
  )
  t.deepEqual(
    packs.map(({ weight }) => weight),
    [10, 9, 9],
  )
})

/** By trying every way. */
function bestOf(weights: readonly number[], packs: number, sums: readonly number[] = Array<number>(packs).fill(0)): number {
  const [first, ...rest] = weights
  if (first === undefined) return Math.max(...sums)
  return Math.min(
    ...sums.map((_, i) =>
      bestOf(
        rest,
        packs,
        sums.map((sum, j) => (i === j ? sum + first : sum)),
      ),
    ),
  )
}

test('every thing is in one pack, and the heaviest pack is at most 4/3 of the best there is', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 7 }),
      fc.integer({ min: 1, max: 3 }),
      (weights, count) => {
        const packs = balanced(
          weights.map((weight, i) => ({ weight, i })),
          count,
          ({ weight }) => weight,
        )
        t.deepEqual(
          packs.flatMap(({ items }) => items.map(({ i }) => i)).toSorted((a, b) => a - b),
          weights.map((_, i) => i),
        )
        for (const { items, weight } of packs)
          t.is(
            weight,
            items.reduce((sum, item) => sum + item.weight, 0),
          )
        t.true(Math.max(...packs.map(({ weight }) => weight)) <= (4 / 3) * bestOf(weights, count) + 1e-9)
      },
    ),
  )
})

test('a cohort of 5,000 with sizes like real ones is even to a thousandth over 64 packs', (t) => {
  // Lognormal, sigma 0.8, by a generator that is written down here.
  let seed = 12345
  const uniform = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return (seed + 1) / 2147483649
  }
  const sizes = Array.from({ length: 5000 }, () =>
    Math.exp(20 + 0.8 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())),
  )
  const weights = balanced(sizes, 64, (size) => size).map(({ weight }) => weight)
  const mean = sizes.reduce((sum, size) => sum + size, 0) / 64
  t.true(Math.max(...weights) / mean < 1.001, `${Math.max(...weights) / mean}`)
})
