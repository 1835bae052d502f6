import test from 'ava'
import { isInShard, parseShard, shardOf } from '../../src/pipeline/shard.js'

const ids = Array.from({ length: 4000 }, (_, i) => `TCGA-${i}`)

test('every slide is in exactly one shard, and shards are about equal', (t) => {
  const counts = Array<number>(8).fill(0)
  for (const id of ids) counts[shardOf(id, 8)]! += 1
  t.is(
    counts.reduce((a, b) => a + b),
    4000,
  )
  for (const count of counts) t.true(count > 400 && count < 600, `${counts}`)
  for (const id of ids.slice(0, 50)) t.is([1, 2, 3].filter((number) => isInShard(id, { number, of: 3 })).length, 1)
})

test('the shard of an id is fixed: sha256("abc") begins with ba7816bf', (t) => {
  t.is(shardOf('abc', 1000), 0xba7816bf % 1000)
})

test('only i/n with 1 ≤ i ≤ n is a shard', (t) => {
  t.deepEqual(parseShard('2/8'), { number: 2, of: 8 })
  for (const wrong of ['0/8', '9/8', '2', '2/0', 'a/b', '-1/2', '1/2/3']) t.throws(() => parseShard(wrong), { code: 'OPTION_INVALID' })
})
