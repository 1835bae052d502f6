import test from 'ava'
import { ahead } from '../../src/flow/ahead.js'

/** Turns of the event loop, in which everything that can begin begins. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('results come in the order of the items, and never more are begun than asked for and not handed on', async (t) => {
  for (const atOnce of [1, 3, 9]) {
    const ends: (() => void)[] = []
    const work = (item: number) => new Promise<number>((resolve) => ends.push(() => resolve(10 * item)))
    const results = ahead([0, 1, 2, 3, 4, 5, 6], atOnce, work)
    for (let i = 0; i < 7; i++) {
      const next = results.next()
      await settled()
      t.is(ends.length, Math.min(7, i + atOnce))
      // The youngest first.
      for (const end of ends.slice(i).reverse()) end()
      t.deepEqual(await next, { value: 10 * i, done: false })
    }
    t.true((await results.next()).done)
  }
})

test('a failure is told in its turn, and what is begun beside it ends by itself', async (t) => {
  const results = ahead(['a', 'b', 'c'], 3, async (item) => {
    if (item !== 'a') throw new Error(`no ${item}`)
    return item
  })
  t.is((await results.next()).value, 'a')
  await t.throwsAsync(results.next(), { message: 'no b' })
  t.true((await results.next()).done)
})
