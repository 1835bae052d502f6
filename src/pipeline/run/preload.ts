/** Loads the code that the first slide will need on this thread, while the lanes still open their models. */

import { preload as preloadReader } from '../../readers/preload.js'
import { isApart } from '../environment/apart.js'
import type { Plan } from '../plan/plan-type.js'
import { loadStages } from './chain.js'

/** Never throws: what goes wrong is told when it is needed. */
export async function preload({ environment, source, stages, sinks }: Plan): Promise<void> {
  const here = stages.filter(({ placement }) => placement === 'address' || placement === 'rows')
  const open = sinks.flatMap(({ name }) => (isApart(environment, name) ? [] : [environment.sinks[name]!.load()]))
  await Promise.allSettled([preloadReader(source.kind, 'exact'), loadStages(here, environment.work), ...open])
}
