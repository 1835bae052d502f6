/** From the pages that a vendor calls levels to stores: each looked at, those that cannot be decoded left out. */

import { SlideError } from '../../core/errors.js'
import type { DecodeSpeed, SlideKind } from '../../core/slide.js'
import { fillingOf } from '../filled-up.js'
import type { Opening } from '../format.js'
import type { TileStore } from '../store.js'
import { MOST_LEVELS } from '../tile-loader.js'
import { filledFromBelow, holesFilled } from './filled.js'
import { type LevelLayout, tilesOf } from './layout.js'
import { layoutStore } from './layout-store.js'
import { hasUnnamed, isOfVips, obstacle, type Page } from './page.js'
import { type Placed, placedIn, tiffStore } from './store.js'
import type { Found } from './vendor.js'
import { endsInZeros, unfinished } from './zeros.js'

export interface Levels {
  /** A page of level 0. */
  readonly first: Page
  readonly storeOf: (speed: DecodeSpeed) => Promise<TileStore>
}

interface LevelsAsked extends Opening {
  readonly kind: SlideKind
  /** The slide was opened before, elsewhere: see placedIn. */
  readonly again: boolean | undefined
}

/** Throws a SlideError when level 0 cannot be read. */
export function levelsOf(found: Found, asked: LevelsAsked): Promise<Levels> {
  return found.layout === undefined ? pagesAsLevels(found, asked) : layoutAsLevels(found.layout, asked)
}

/** libvips (8.14) shrinks what it has made YCbCr of, and makes YCbCr of that again: at each level once more. */
const againYcc = 'colours that libvips has made YCbCr of more than once'

async function pagesAsLevels(found: Found, asked: LevelsAsked): Promise<Levels> {
  const { source, limits, kind, warnings, signal, again } = asked
  const base = found.levels[0]!
  const pages = found.levels.filter((page, i) => {
    const unclear = page.tiled && page.factor === undefined && fillingOf(page, page.tile, base) === 'unclear'
    const reason = unclear
      ? 'sizes filled up to whole tiles, from which its factor does not follow'
      : i > 0 && isOfVips(page)
        ? againYcc
        : obstacle(page, kind !== 'slide')
    return isRead(reason, i, page, source.uri, warnings)
  })
  const placed = await placedIn(pages.slice(0, MOST_LEVELS), asked, { again })
  if (!again && placed[0]!.isEmpty()) {
    throw new SlideError('SLIDE_TRUNCATED', `${source.uri} has no bytes for any of its ${base.tiled ? 'tiles' : 'strips'}`, {
      hint: 'the program that wrote it failed: write it again',
    })
  }
  if (!again && kind === 'slide' && (await endsInZeros(placed[0]!, source, signal))) warnings.push(unfinished)
  if (hasUnnamed(base))
    warnings.push('its fourth channel, which by its own word is no alpha, is passed over: the first three are its colours')
  if (isOfVips(base))
    warnings.push(
      'its JPEG 2000 data (compression 33004) names no writer: components that it transforms are taken for YCbCr, as libvips writes them',
    )
  const alpha = kind === 'slide' ? 'on white' : 'dropped'
  return {
    first: base,
    storeOf: async (speed) => {
      const own = await tiffStore(placed, { speed, alpha }, limits)
      return (found.vendor === 'aperio' ? filledFromBelow : holesFilled)(own, source)
    },
  }
}

async function layoutAsLevels(layout: readonly LevelLayout[], asked: LevelsAsked): Promise<Levels> {
  const { source, limits, warnings, again } = asked
  const { uri } = source
  const levels = layout.filter((level, i) => {
    const reason = level.parts.map(({ page }) => obstacle(page, false)).find((one) => one !== null) ?? null
    return isRead(reason, i, level, uri, warnings)
  })
  const shown = levels.slice(0, MOST_LEVELS)
  const firstOf = new Map<Page, number>()
  for (const [i, level] of shown.entries()) {
    const { width, height, parts } = level
    if (width < 1 || height < 1 || width * height > limits.imagePixels)
      throw new SlideError('SLIDE_TOO_LARGE', `${uri} has a level of ${width} x ${height} pixels, more than ${limits.imagePixels}, or none`)
    if (tilesOf(level) > limits.tiles)
      throw new SlideError('SLIDE_TOO_LARGE', `${uri} says it has ${tilesOf(level)} tiles in one level, more than ${limits.tiles}`)
    for (const { page } of parts) if (!firstOf.has(page)) firstOf.set(page, i)
  }
  const pages = [...firstOf.keys()]
  const all = await placedIn(pages, asked, { again, levelOf: (i) => firstOf.get(pages[i]!)! })
  const placed = new Map(pages.map((page, i): [Page, Placed] => [page, all[i]!]))
  return { first: layout[0]!.parts[0]!.page, storeOf: (speed) => layoutStore(shown, placed, { speed, alpha: 'on white' }, limits) }
}

/** Whether a level is read: the first must, a further one is left out with a warning. */
function isRead(reason: string | null, i: number, { width, height }: { width: number; height: number }, uri: string, warnings: string[]) {
  if (reason === null) return true
  if (i === 0) {
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} has ${reason}`, {
      hint: 'slides are read as 8-bit RGB (JPEG, JPEG 2000, deflate, LZW, WebP, zstd …)',
    })
  }
  warnings.push(`level ${i} (${width} x ${height}) is left out: it has ${reason}`)
  return false
}
