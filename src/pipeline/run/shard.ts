/** `--shard 2/8`: which share of a cohort a slide belongs to. It follows from the id alone, so shards need not know of each other. */

import { createHash } from 'node:crypto'

export interface Shard {
  readonly index: number
  readonly count: number
}

/** 1 to n, the same on every machine. */
export function shardOf(id: string, n: number): number {
  return (createHash('sha256').update(id.normalize('NFC')).digest().readUInt32BE(0) % n) + 1
}
