/** Areas under the ROC curve against the plain count of pairs, exact and from the histogram. */

import test from 'ava'
import fc from 'fast-check'
import { areaOf, Ranking } from '../../../src/results/evaluate/ranking.js'

/** What the area is: pairs in the right order, ties half. */
function pairs(of: readonly number[], others: readonly number[]): number | null {
  let won = 0
  for (const a of of) for (const b of others) won += a > b ? 1 : a === b ? 0.5 : 0
  return of.length && others.length ? won / of.length / others.length : null
}

test('by hand: two of three pairs right, and a tie', (t) => {
  t.is(areaOf([0.2, 0.8], [0.1, 0.2, 0.9]), (1 + 0.5 + 2) / 6)
  t.is(areaOf([], [1]), null)
  t.is(areaOf([1], []), null)
})

const eighth = fc.integer({ min: 0, max: 8 }).map((n) => n / 8)

test('equals the count of all pairs, sorted or from the histogram', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), eighth), { maxLength: 60 }), (rows) => {
      const [exact, coarse] = [new Ranking(2), new Ranking(2, 7)]
      for (const [truth, score] of rows) for (const ranking of [exact, coarse]) ranking.add(Number(truth), [1 - score, score])
      const [of, others] = [true, false].map((wanted) => rows.filter(([truth]) => truth === wanted).map(([, score]) => score)) as [
        number[],
        number[],
      ]
      const wanted = pairs(of, others)
      for (const ranking of [exact, coarse]) {
        const area = ranking.areas()[1]!
        if (wanted === null) t.true(area === null)
        else t.true(Math.abs(area! - wanted) < 1e-12)
      }
    }),
  )
})

test('what does not fit in memory goes into the histogram, and says so', (t) => {
  const ranking = new Ranking(3, 30)
  for (let i = 0; i < 10; i++) ranking.add(i % 3, [0.1, 0.2, 0.7])
  t.is(ranking.method, 'exact')
  ranking.add(0, [0.5, 0.2, 0.3])
  t.is(ranking.method, 'histogram')
  // Class 0: four scores at 0.1 and one at 0.5. The others: six at 0.1.
  t.is(ranking.areas()[0], (4 * 6 * 0.5 + 6) / (5 * 6))
})
