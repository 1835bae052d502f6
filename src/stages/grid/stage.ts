/** Yields the patches of a slide one by one: never a list of them. */

import { Bug, SlideError } from '../../core/errors.js'
import { resolveOn } from '../../core/resolve.js'
import type { Stage } from '../../core/stage.js'
import { countOf, gridOver, patchesOf } from '../../geometry/grid.js'
import type { GridOptions } from './spec.js'

/** Rows number their patches with 32 bits. */
const mostPatches = 2 ** 31 - 1

export default ({ size, at, stride = size, within }: GridOptions): Stage<'slide', 'patch'> =>
  async function* (slides, { signal }) {
    if (!size || !stride || !at) throw new Bug('grid runs without a size or a resolution')
    for await (const { ref, info } of slides) {
      const { scale, level, ...dimensions } = resolveOn(info, at)
      if (dimensions.width < 1 || dimensions.height < 1) continue
      const grid = gridOver(dimensions, {
        patch: { width: size[0], height: size[1] },
        stride: { width: stride[0], height: stride[1] },
        ...(within ? { within: 'input' as const } : {}),
      })
      if (countOf(grid) > mostPatches) {
        throw new SlideError('GRID_TOO_LARGE', `${info.uri} would have ${countOf(grid)} patches`, {
          hint: `more than ${mostPatches} cannot be numbered: use a larger stride`,
          at: { slide: ref.id, stage: 'grid' },
        })
      }
      for (const cell of patchesOf(grid, scale)) {
        signal.throwIfAborted()
        yield { slide: ref.id, ...cell, level, notes: {} }
      }
    }
  }
