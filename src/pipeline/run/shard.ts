/** `--shard 2/8`: which share of a cohort a slide belongs to. It follows from the id alone, so shards need not know of each other. */

import { createHash } from 'node:crypto'
import type { Kind } from '../../core/argument.js'

/** One of `count`; the first is 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** One of another number would have no slides, and a run of it would be done at once. */
export const aShard: Kind = {
  is: (value) => {
    const { index, count } = (value ?? {}) as Partial<Shard>
    return Number.isSafeInteger(index) && Number.isSafeInteger(count) && index! >= 1 && index! <= count!
  },
  words: 'a share of a whole: { index: 2, count: 8 } is the second of eight, the first is 1',
}

/** 1 to n, the same on every machine. */
export function shardOf(id: string, n: number): number {
  return (createHash('sha256').update(id.normalize('NFC')).digest().readUInt32BE(0) % n) + 1
}
