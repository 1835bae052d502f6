/** The simulation of a cohort, against small cases by hand and against bounds that every schedule keeps. */

import test from 'ava'
import fc from 'fast-check'
import { type Killed, lifeOf, lognormal, randomOf, shared, simulate } from '../../bench/support/cohort-sim.js'

const lives = (...given: number[]) => {
  const left = [...given]
  return () => left.shift() ?? Number.POSITIVE_INFINITY
}
const killed = (life: () => number, given: Partial<Killed> = {}): Killed => ({
  life,
  replaced: 5,
  lease: 60,
  band: 10,
  takeUp: 0,
  ...given,
})

test('three workers, five slides', (t) => {
  // 5 | 4 and 1 | 3 and 3
  t.like(simulate({ slides: [1, 3, 3, 4, 5], workers: 3, order: 'largest first', start: 0 }), {
    seconds: 6,
    ideal: 16 / 3,
    kills: 0,
    lost: 0,
  })
  // 1 and 4 | 3 and 5 | 3
  t.is(simulate({ slides: [1, 3, 3, 4, 5], workers: 3, order: 'as listed', start: 0 }).seconds, 8)
  // Each begins after 2, and rests for 1 between two slides: 5 | 4, 1, 1 | 3, 1, 3
  t.is(simulate({ slides: [1, 3, 3, 4, 5], workers: 3, order: 'largest first', start: 2, between: 1 }).seconds, 2 + 3 + 1 + 3)
  t.is(simulate({ slides: [9], workers: 3, order: 'largest first', start: 2 }).seconds, 11)
  t.is(
    shared([1, 3, 3, 4, 5], 3, (i) => i % 3),
    8,
  )
})

test('a worker that is killed: its slide is free when the lease lapses, and is taken up after its last band', (t) => {
  // Killed at 35 with three bands safe; the next worker is there at 40 and waits until 95; 70 are left.
  const one = simulate({ slides: [100], workers: 1, order: 'largest first', start: 0, killed: killed(lives(35)) })
  t.deepEqual(one, { seconds: 165, ideal: 100, kills: 1, lost: 5, takenUp: 1 })
  // It starts in 3 and takes up in 4: killed at 35 after 32 of work; free at 95; 4, and 70.
  const slow = simulate({ slides: [100], workers: 1, order: 'largest first', start: 3, killed: killed(lives(35), { takeUp: 4 }) })
  t.deepEqual(slow, { seconds: 169, ideal: 100, kills: 1, lost: 2, takenUp: 1 })
  // Killed twice, the second time while it takes the slide up: nothing more is lost. 35: free at 95, begun; killed at 40 + 57 = 97; free at 157.
  const twice = simulate({ slides: [100], workers: 1, order: 'largest first', start: 0, killed: killed(lives(35, 57), { takeUp: 4 }) })
  t.deepEqual(twice, { seconds: 157 + 4 + 70, ideal: 100, kills: 2, lost: 5, takenUp: 2 })
})

test('others take over what a killed worker had, before anything new', (t) => {
  // Worker 0 is killed at 15 with 10 of 30 safe, which leaves 20; worker 1 does 20 until 20.
  const { seconds, lost } = simulate({
    slides: [30, 20, 15],
    workers: 2,
    order: 'as listed',
    start: 0,
    killed: killed(lives(15, Number.POSITIVE_INFINITY), { lease: 10, replaced: 1000 }),
  })
  // At 20 the slide is not free yet: worker 1 does 15 until 35, then the 20. Nobody else is back before 1,015.
  t.deepEqual([seconds, lost], [55, 5])
})

test('no schedule is better than the ideal, none of pulled slides worse than its bound', (t) => {
  const sizes = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 12 }), (slides, workers) => {
      const most = Math.max(...slides)
      const all = slides.reduce((sum, size) => sum + size, 0)
      const listed = simulate({ slides, workers, order: 'as listed', start: 0 })
      const sorted = simulate({ slides, workers, order: 'largest first', start: 0 })
      for (const { seconds, ideal } of [listed, sorted]) {
        t.true(seconds >= ideal - 1e-9)
        // Graham: when the slide that ends last began, nobody was idle.
        t.true(seconds <= all / workers + most * (1 - 1 / workers) + 1e-9)
      }
      // With as many workers as slides the longest one decides.
      t.is(simulate({ slides, workers: slides.length, order: 'as listed', start: 0 }).seconds, most)
    }),
    { numRuns: 200 },
  )
})

test('with kills all work is done, and the time is at most that of one worker with all that can be lost', (t) => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 8 }), (seed, workers) => {
      const random = randomOf(seed)
      const slides = lognormal(30, 100, 0.8, random)
      const given = killed(lifeOf(0.5, random), { takeUp: 3 })
      const { seconds, ideal, kills, lost, takenUp } = simulate({ slides, workers, order: 'largest first', start: 5, killed: given })
      t.true(seconds >= ideal - 1e-6 && lost <= kills * 10 + 1e-6 && takenUp <= kills)
      const all = slides.reduce((sum, size) => sum + size, 0)
      t.true(seconds <= 5 + all + kills * (60 + 10 + 3 + 5 + 5) + 1e-6)
    }),
    { numRuns: 100 },
  )
})

test('draws: half of the sizes are below the median, a share of workers is killed in an hour', (t) => {
  const random = randomOf(1)
  const sizes = lognormal(20_000, 100, 0.8, random)
  t.true(Math.abs(sizes.filter((size) => size < 100).length / 20_000 - 0.5) < 0.01)
  // The mean of a lognormal: median · exp(sigma² ÷ 2).
  t.true(Math.abs(sizes.reduce((sum, size) => sum + size, 0) / 20_000 / (100 * Math.exp(0.32)) - 1) < 0.03)
  const life = lifeOf(0.1, random)
  t.true(Math.abs(Array.from({ length: 20_000 }, life).filter((seconds) => seconds < 3600).length / 20_000 - 0.1) < 0.01)
  t.deepEqual([randomOf(7)(), randomOf(7)()], [randomOf(7)(), randomOf(7)()])
})
