/** A cohort on many workers, by simulation with slide times that are measured here; and what a thousand workers ask of queue and store. */

import type { Asked } from './support/asked.js'
import { measureSlides, type SlideTimes } from './support/cohort-measured.js'
import { type Cohort, type Killed, lifeOf, lognormal, randomOf, shared, simulate } from './support/cohort-sim.js'
import { queueLoads } from './support/queue-load.js'
import { storeLoads } from './support/store-load.js'
import { prose, table, verdictBelow } from './support/table.js'

/** Patches of the slide in the middle; sizes are lognormal around it. */
const medianPatches = 5000
const sigma = 0.8
const firstSeed = 16

/** Not measured: until another machine stands in the place of one that was taken away, and the lease of a slide (seconds). */
const assumed = { replaced: 120, lease: 60 }

export default async function cohort({ quick }: Asked): Promise<void> {
  const times = await measureSlides(quick)
  say(times)
  const seeds = Array.from({ length: quick ? 5 : 20 }, (_, i) => firstSeed + i)
  schedules(times, seeds)
  const undisturbed = over(seeds, times, { slides: 5000, workers: 64, killed: 0 })
  const disturbed = over(seeds, times, { slides: 5000, workers: 64, killed: 0.1 })
  prose(`\n## 5,000 slides on 64 workers: time to the end ÷ ideal (all work ÷ workers), ${seeds.length} draws`)
  const others = [
    {
      what: 'sizes known within a factor of two (sigma 0.7), 10 % killed',
      ...over(seeds, times, { slides: 5000, workers: 64, killed: 0.1, guessed: 0.7 }),
    },
    { what: 'half of the workers killed every hour', ...over(seeds, times, { slides: 5000, workers: 64, killed: 0.5 }) },
    {
      what: 'slides ten times as long, 10 % killed every hour',
      ...over(seeds, times, { slides: 5000, workers: 64, killed: 0.1, longer: 10 }),
    },
    { what: '500 slides, 10 % killed every hour', ...over(seeds, times, { slides: 500, workers: 64, killed: 0.1 }) },
    {
      what: '50,000 slides on 1,000 workers, 10 % killed every hour',
      ...over(seeds.slice(0, 5), times, { slides: 50_000, workers: 1000, killed: 0.1 }),
    },
  ]
  table(
    [{ what: 'nobody is killed', ...undisturbed }, { what: '10 % of the workers killed every hour', ...disturbed }, ...others].map(
      ({ what, mean, worst, kills, hours, lost }) => ({
        what,
        mean: mean.toFixed(3),
        'worst draw': worst.toFixed(3),
        hours,
        kills,
        'seconds lost a kill': kills === 0 ? null : lost / kills,
      }),
    ),
  )
  verdictBelow('5,000 slides on 64 workers, end ÷ ideal (worst draw)', undisturbed.worst, 1.03)
  verdictBelow('the same with 10 % of the workers killed every hour (worst draw)', disturbed.worst, 1.08)
  const mean = times.fixed + times.each * medianPatches * Math.exp(sigma ** 2 / 2)
  await queueLoads(quick, mean)
  await storeLoads(quick, mean, times.band)
}

function say({ fixed, each, start, takeUp, band, measured }: SlideTimes): void {
  prose('\n## measured: one lane, the model that comes along')
  table(measured.map(({ patches, seconds }) => ({ patches, seconds, 'patches/s': patches / seconds })))
  prose(
    `a slide: ${fixed.toFixed(2)} s and ${(each * 1000).toFixed(2)} ms a patch; a worker begins its first slide ${start.toFixed(1)} s after its start; taking a slide up costs ${takeUp.toFixed(2)} s more; a band is safe every ${band.toFixed(2)} s`,
  )
  prose(
    `assumed: another machine ${assumed.replaced} s after one was taken away, a lease of ${assumed.lease} s; ${medianPatches} patches in the slide in the middle, sigma ${sigma}`,
  )
}

interface Case {
  readonly slides: number
  readonly workers: number
  /** Share of the workers an hour. */
  readonly killed: number
  readonly longer?: number
  /** How well sizes are known beforehand: sigma of the logarithm of the error. The files' bytes say less than the patches that a mask keeps. */
  readonly guessed?: number
}

function cohortOf(seed: number, times: SlideTimes, { slides, workers, killed, longer = 1, guessed = 0 }: Case): Cohort {
  const random = randomOf(seed)
  const patches = lognormal(slides, medianPatches * longer, sigma, random)
  const order = guessed > 0 ? 'as listed' : 'largest first'
  const guesses = patches.map((count) => (guessed > 0 ? count * lognormal(1, 1, guessed, random)[0]! : 0))
  const listed = patches.map((count, i) => ({ count, guess: guesses[i]! })).toSorted((a, b) => b.guess - a.guess)
  const life = lifeOf(killed, random)
  const given: Killed = { ...assumed, life, band: times.band, takeUp: times.takeUp }
  return {
    slides: listed.map(({ count }) => times.fixed + times.each * count),
    workers,
    order,
    start: times.start,
    ...(killed > 0 ? { killed: given } : {}),
  }
}

/** Over several draws. */
function over(seeds: readonly number[], times: SlideTimes, of: Case) {
  const ends = seeds.map((seed) => simulate(cohortOf(seed, times, of)))
  const ratios = ends.map(({ seconds, ideal }) => seconds / ideal)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    mean: mean(ratios),
    worst: Math.max(...ratios),
    kills: mean(ends.map(({ kills }) => kills)),
    lost: mean(ends.map(({ lost }) => lost)),
    hours: mean(ends.map(({ seconds }) => seconds)) / 3600,
  }
}

/** Ways to share slides out, nobody killed: why they are pulled, and the largest first. */
function schedules(times: SlideTimes, seeds: readonly number[]): void {
  const rows = [
    [50, 8],
    [1000, 32],
    [1000, 64],
    [5000, 64],
  ].map(([slides, workers]) => {
    const cohorts = seeds.map((seed) => cohortOf(seed, times, { slides: slides!, workers: workers!, killed: 0 }))
    const mean = (ratio: (one: Cohort, seed: number) => number) =>
      cohorts.reduce((sum, one, i) => sum + ratio(one, seeds[i]!), 0) / cohorts.length
    const pulled = (order: Cohort['order']) =>
      mean((one) => {
        const { seconds, ideal } = simulate({ ...one, order })
        return seconds / ideal
      })
    return {
      'slides / workers': `${slides} / ${workers}`,
      'shared out by hash': mean((one, seed) => {
        const random = randomOf(seed + 1000)
        return shared(one.slides, workers!, () => Math.floor(random() * workers!)) / simulate(one).ideal
      }),
      'pulled as listed': pulled('as listed'),
      'pulled, largest first': pulled('largest first'),
    }
  })
  prose(`\n## time to the end ÷ ideal by the way slides are shared out, mean of ${seeds.length} draws`)
  table(rows)
}
