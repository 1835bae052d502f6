/** Which stages run where: neighbours of one place are one segment (operator chaining). */

import type { Placement } from '../../core/stage.js'
import type { PlannedStage, Segment } from './plan-type.js'

/**
 * On a CPU everything that touches pixels, and the model, is one lane segment: pixels never cross a thread. On any other device the
 * segment is cut before the model, which runs in the thread of its session.
 */
export function segmentsFor(stages: readonly PlannedStage[], placedDevice: string): readonly Segment[] {
  const segments: { where: Segment['where']; stages: PlannedStage[] }[] = []
  for (const stage of stages) {
    const where = placeOf(stage.placement, placedDevice)
    const last = segments.at(-1)
    if (last?.where === where) last.stages.push(stage)
    else segments.push({ where, stages: [stage] })
  }
  return segments
}

function placeOf(placement: Placement, placedDevice: string): Segment['where'] {
  if (placement === 'pixels') return 'lane'
  if (placement === 'model') return placedDevice === 'cpu' ? 'lane' : 'device'
  return 'main'
}
