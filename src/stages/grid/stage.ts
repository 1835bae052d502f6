/** Yields the patches of a slide, some at once: never a list of all. */

import { Bug, SlideError } from '../../core/errors.js'
import { noNotes, type Patch } from '../../core/items.js'
import { inLists, itemsIn } from '../../core/lists.js'
import { resolveOn } from '../../core/resolve.js'
import { fileOfSlide } from '../../core/slide-in.js'
import type { Stage } from '../../core/stage.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import { everyTurn } from '../../flow/turn.js'
import { countOf, gridOver, patchesOf } from '../../geometry/grid.js'
import { placedCells } from '../../geometry/placed.js'
import { threeDigits } from '../../geometry/round.js'
import type { GridOptions } from './spec.js'

/** Patches of a list. */
const together = 64
/** What a patch costs that a mask turns away, in bytes copied. */
const workOfPatch = 4096
/** Rows number their patches, and say where they lie, with 32 bits. */
const mostPatches = 2 ** 31 - 1
const farthestEdge = 2 ** 31 - 1
/** Beyond this a patch shows much less than its resolution says: 0.25 µm of a slide of 0.499 µm are twice. */
const mostEnlarged = 1.5

export default ({ size, at, stride = size, within, places }: GridOptions): Stage<'slide', 'patch'> =>
  inLists(async function* (lists, { slide, signal, tell, folder = '.' }) {
    if (!size || !stride || !at) throw new Bug('grid runs without a size or a resolution')
    for await (const { ref, info } of itemsIn(lists)) {
      const { scale, level, ...dimensions } = resolveOn(info, at)
      if (dimensions.width < 1 || dimensions.height < 1) {
        const message = `${info.uri} is less than a pixel at ${formatResolution(at)}: it has no patches`
        tell({ type: 'warning', code: 'NO_PATCHES', message })
        continue
      }
      const patch = { width: size[0], height: size[1] }
      const grid = gridOver(dimensions, { patch, stride: { width: stride[0], height: stride[1] }, within })
      const placed =
        places === undefined
          ? undefined
          : await (await import('./places.js')).readPlaces(fileOfSlide(places, ref.id, folder), slide, { patch, scale, signal, tell })
      const count = placed === undefined ? countOf(grid) : placed.x.length
      const farthest = Math.max(dimensions.width + size[0], dimensions.height + size[1])
      if (!(count <= mostPatches && farthest <= farthestEdge)) {
        const what = count <= mostPatches ? `places as far as ${farthest} pixels` : `${count} patches`
        throw new SlideError('GRID_TOO_LARGE', `${info.uri} would have ${what} at ${formatResolution(at)}`, {
          hint: `more than ${mostPatches} cannot be written: use a larger stride or a coarser resolution`,
          at: { slide: ref.id, stage: 'grid' },
        })
      }
      if (count === 0) {
        const sizes = `${size.join(' x ')} pixels, and ${info.uri} has ${dimensions.width} x ${dimensions.height} at ${formatResolution(at)}`
        const message = placed
          ? `${info.uri} has no patches: its file of places has none`
          : `a patch is of ${sizes}: none lies within it (within: false takes those that overhang)`
        tell({ type: 'warning', code: 'NO_PATCHES', message })
      }
      tell({ type: 'count', name: 'grid.patches', by: count })
      const enlarged = Math.max(scale.x, scale.y)
      if (enlarged > mostEnlarged) {
        const message = `${info.uri} is enlarged ${threeDigits(enlarged)} times for ${formatResolution(at)}: what a model was trained to see is not in it`
        tell({ type: 'warning', code: 'ENLARGED', message })
      }
      const turn = everyTurn()
      let list: Patch[] = []
      for (const { index, column, row, bounds, region, notes = noNotes } of placed
        ? placedCells(placed, patch, scale)
        : patchesOf(grid, scale)) {
        list.push({ slide: ref.id, index, column, row, bounds, region, level, notes })
        if (list.length < together) continue
        signal.throwIfAborted()
        yield list
        const pause = turn(together * workOfPatch)
        if (pause) await pause
        list = []
      }
      if (list.length > 0) yield list
    }
  })
