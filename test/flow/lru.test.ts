import test from 'ava'
import { Lru } from '../../src/flow/lru.js'

test('what was used longest ago goes first, and its memory is handed back', (t) => {
  const gone: string[] = []
  const lru = new Lru<string, string>(30, (value) => gone.push(value))
  lru.set('a', 'A', 10)
  lru.set('b', 'B', 10)
  lru.set('c', 'C', 10)
  t.is(lru.get('a'), 'A')
  lru.set('d', 'D', 10)
  t.deepEqual(gone, ['B'])
  t.is(lru.bytes, 30)
  t.is(lru.get('b'), undefined)
})

test('values above the mark outlive younger ones below it', (t) => {
  const gone: string[] = []
  const lru = new Lru<string, string>(30, (value) => gone.push(value))
  lru.keepAbove(100)
  lru.set('deep', 'deep', 10, 150)
  lru.set('b', 'B', 10, 100)
  lru.set('c', 'C', 10, 50)
  lru.set('d', 'D', 10, 60)
  lru.set('e', 'E', 10, 60)
  t.deepEqual(gone, ['B', 'C'])
  t.is(lru.get('deep'), 'deep')
  // The mark moves down the slide: what was worth keeping no longer is.
  lru.keepAbove(200)
  lru.set('f', 'F', 10, 300)
  lru.set('g', 'G', 10, 300)
  t.deepEqual(gone.slice(2).sort(), ['D', 'E'])
  lru.set('h', 'H', 10, 300)
  t.true(gone.includes('deep'))
})

test('the newest value stays even when it is larger than the limit; nothing else does', (t) => {
  const lru = new Lru<string, string>(10)
  lru.set('a', 'A', 5)
  lru.set('big', 'BIG', 50)
  t.is(lru.size, 1)
  t.is(lru.get('big'), 'BIG')
  lru.set('b', 'B', 5)
  t.is(lru.get('big'), undefined)
  t.is(lru.bytes, 5)
  lru.clear()
  t.is(lru.bytes, 0)
})
