/**
 * Chooses by a hash of seed and index, not by a generator's state: a patch is in or out whatever came before it.
 * `share` and `every` stream; `count` keeps the patches with the smallest hashes and hands them on at the end, in order.
 */

import type { Patch } from '../../core/items.js'
import type { Stage } from '../../core/stage.js'
import type { SampleOptions } from './spec.js'

export default ({ share, every, count, seed }: SampleOptions): Stage<'patch', 'patch'> =>
  async function* (patches, { signal }) {
    if (count !== undefined) {
      yield* await smallest(patches, count, seed, signal)
      return
    }
    let arrived = 0
    for await (const patch of patches) {
      const keep = every === undefined ? hash(seed, patch.index) < (share ?? 1) : arrived++ % every === 0
      if (keep) yield patch
    }
  }

/** At most 2 × count patches are held: when there are as many, the half with the larger hashes goes. */
async function smallest(patches: AsyncIterable<Patch>, count: number, seed: number, signal: AbortSignal): Promise<Patch[]> {
  const order = (a: Patch, b: Patch) => hash(seed, a.index) - hash(seed, b.index) || a.index - b.index
  let kept: Patch[] = []
  for await (const patch of patches) {
    signal.throwIfAborted()
    kept.push(patch)
    if (kept.length >= 2 * count) kept = kept.sort(order).slice(0, count)
  }
  return kept
    .sort(order)
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
}

/** 0 to 1, evenly spread: the finaliser of MurmurHash3 over both numbers. */
export function hash(seed: number, index: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(Math.floor(seed / 2 ** 32) + 1, 0xc2b2ae35)
  h = mix(h ^ index)
  return (mix(h + Math.floor(index / 2 ** 32)) >>> 0) / 2 ** 32
}

function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
