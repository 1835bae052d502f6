/** Notes on each patch how much of it is tissue, and lets those with too little go. A slide without tissue gives no patches, and no error. */

import { note, type Patch } from '../../core/items.js'
import { inLists } from '../../core/lists.js'
import { resolveOn } from '../../core/resolve.js'
import type { Slide } from '../../core/slide.js'
import type { Stage } from '../../core/stage.js'
import { isEnough, type Mask } from '../../geometry/coverage.js'
import { methodFor } from './choose.js'
import { maskOf } from './make.js'
import type { MaskOptions } from './spec.js'

const unmasked = { tissue: null }

export default (options: MaskOptions): Stage<'patch', 'patch'> =>
  inLists(async function* (lists, { slide, signal, tell, folder, model, maskApart, showMask, marks }) {
    // No thread is asked, nor begun, to hear that there is none.
    const isMade = methodFor(slide.ref, options) !== 'none'
    const mask = isMade ? await (maskApart?.(options) ?? maskOf(slide, options, { signal, folder, model, tell, marks })) : null
    showMask?.(mask)
    if (mask && mask.share === 0) tell({ type: 'warning', code: 'NO_TISSUE', message: `${slide.info.uri} shows no tissue to the mask` })
    const tissue = mask && measure(mask, slide, options)
    for await (const patches of lists) {
      signal.throwIfAborted()
      if (!tissue) yield patches.map((patch) => note(patch, unmasked))
      else {
        const kept: Patch[] = []
        for (const patch of patches) {
          const { set, area } = tissue(patch)
          if (isEnough(set, area, options.keep)) kept.push(note(patch, { tissue: set / area }))
        }
        if (kept.length > 0) yield kept
      }
    }
  })

function measure(mask: Mask, slide: Slide, { compat, grid }: MaskOptions): (patch: Patch) => { set: number; area: number } {
  if (compat !== 'tiatoolbox') return ({ region }) => ({ set: mask.coverage(region), area: 1 })
  const size = resolveOn(slide.info, grid ?? { value: 1, units: 'baseline' })
  return ({ bounds }) => mask.truncated(bounds, size)
}
