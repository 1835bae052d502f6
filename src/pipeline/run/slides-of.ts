/** The slides of a plan, as its source has them now; of a shard its own. */

import type { SlideRef } from '../../core/slide.js'
import type { Plan } from '../plan/plan-type.js'
import type { Shard } from '../store/lock.js'
import { shardOf } from './shard.js'

export async function* slidesOf({ environment, source, folder }: Plan, shard: Shard | undefined): AsyncGenerator<SlideRef> {
  const { default: read } = await environment.sources[source.name]!.load()
  for await (const ref of read(source.options, folder, source.types)) {
    if (!shard || shardOf(ref.id, shard.count) === shard.index) yield ref
  }
}
