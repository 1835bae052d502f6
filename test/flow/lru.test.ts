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

test('where a value lies, above the mark or not, it is found, used, replaced and counted once', (t) => {
  const gone: string[] = []
  const lru = new Lru<string, string>(30, (value) => gone.push(value))
  lru.keepAbove(1)
  lru.set('wanted', 'W', 10, 2)
  lru.set('spare', 'S', 10, 1)
  lru.set('none', 'N', 10)
  t.deepEqual([...['wanted', 'spare', 'none', 'other'].map((key) => lru.has(key)), lru.size], [true, true, true, false, 3])
  t.is(lru.get('spare'), 'S')
  lru.set('wanted', 'W2', 5, 1)
  t.deepEqual([gone, lru.size, lru.bytes], [['W'], 3, 25])
  // No longer worth more than the mark, it is the youngest of the others.
  lru.keepAbove(0)
  lru.keepAbove(1)
  for (const key of ['x', 'y']) lru.set(key, key, 10, 2)
  t.deepEqual(gone, ['W', 'N', 'S'])
  lru.set('z', 'z', 10, 2)
  t.deepEqual([gone.at(-1), lru.bytes], ['W2', 30])
  lru.clear()
  t.deepEqual([lru.size, lru.bytes, gone.slice(4)], [0, 0, ['x', 'y', 'z']])
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
