/** What slides of a worker share: who closes it, and when there is another. */

import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { Kept } from '../../src/queue/kept.js'

function kept(fails: readonly number[] = []) {
  const closed: number[] = []
  let made = 0
  const all = new Kept(async () => {
    const number = ++made
    if (fails.includes(number)) throw new Error(`${number} cannot be made`)
    return { number, close: async () => void closed.push(number) }
  })
  /** A slide at work, which ends when it is told. */
  const slide = () => {
    let end: (error?: Error) => void = () => undefined
    const ended = new Promise<void>((resolve, reject) => {
      end = (error) => (error ? reject(error) : resolve())
    })
    const used = all.use(
      async ({ number }) => {
        await ended
        return number
      },
      (error) => (error as Error).message === 'broken',
    )
    used.catch(() => undefined)
    return { end, used }
  }
  return { all, slide, closed }
}

test('of slides side by side one that breaks the crew ends no other: the last of them closes it, and the next has another', async (t) => {
  const { all, slide, closed } = kept()
  const [first, second] = [slide(), slide()]
  first.end(new Error('broken'))
  await t.throwsAsync(first.used, { message: 'broken' })
  t.deepEqual(closed, [])
  const third = slide()
  // It is of the old crew, and says nothing of the new one.
  second.end(new Error('broken'))
  await t.throwsAsync(second.used, { message: 'broken' })
  t.deepEqual(closed, [1])
  third.end()
  t.is(await third.used, 2)
  t.deepEqual(closed, [1])
  await all.close()
  t.deepEqual(closed, [1, 2])
})

test('a slide that fails for itself leaves the crew warm; one that is closed under a slide is closed once', async (t) => {
  const { all, slide, closed } = kept()
  const [first, second] = [slide(), slide()]
  first.end(new Error('of this slide alone'))
  await t.throwsAsync(first.used)
  await all.close()
  second.end()
  t.is(await second.used, 1)
  t.deepEqual(closed, [1])
})

test('a crew that could not be made is tried again by the next slide', async (t) => {
  const { slide } = kept([1])
  await t.throwsAsync(slide().used, { message: '1 cannot be made' })
  await setImmediate()
  const next = slide()
  next.end()
  t.is(await next.used, 2)
})
