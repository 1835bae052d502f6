import test from 'ava'
import { shardOf } from '../../../src/pipeline/run/shard.js'

test('shards are 1 to n and about equal', (t) => {
  const counts = Array<number>(9).fill(0)
  for (let i = 0; i < 4000; i++) counts[shardOf(`TCGA-${i}`, 8)]! += 1
  t.is(counts[0], 0)
  for (const count of counts.slice(1)) t.true(count > 400 && count < 600, `${counts}`)
  t.is(shardOf('any', 1), 1)
})

test('the shard of an id is fixed: sha256("abc") begins with ba7816bf', (t) => {
  t.is(shardOf('abc', 1000), (0xba7816bf % 1000) + 1)
})
