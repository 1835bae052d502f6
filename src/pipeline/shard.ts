/** `--shard 2/8`: which share of a cohort a slide belongs to. It follows from the id alone, so shards need not know of each other. */

import { createHash } from 'node:crypto'
import { PipelineError } from '../core/errors.js'

export interface Shard {
  /** From 1. */
  readonly number: number
  readonly of: number
}

/** 0 to n − 1, the same on every machine. */
export function shardOf(id: string, n: number): number {
  return createHash('sha256').update(id.normalize('NFC')).digest().readUInt32BE(0) % n
}

/** Reads `2/8`. */
export function parseShard(text: string): Shard {
  const found = /^(\d{1,6})\/(\d{1,6})$/.exec(text)
  const number = Number(found?.[1])
  const of = Number(found?.[2])
  if (found && number >= 1 && number <= of) return { number, of }
  throw new PipelineError('OPTION_INVALID', `--shard is '${text}'`, { hint: 'write 2/8 for the second of eight' })
}

export const isInShard = (id: string, shard: Shard): boolean => shardOf(id, shard.of) === shard.number - 1
