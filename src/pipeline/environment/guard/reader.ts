/** A reader of a plugin, held to what a reader promises: sane sizes, tiles that are as large as they say, errors that name their tile. */

import { type Shrink, shrunk } from '../../../codecs/types.js'
import { above0, isObject } from '../../../core/argument.js'
import { SlideError, TiastreamError } from '../../../core/errors.js'
import type { Level, SlideInfo, SlideRef } from '../../../core/slide.js'
import type { ByteSource } from '../../../readers/byte-source.js'
import type { OpenContext, Reader } from '../../../readers/format.js'
import type { Limits } from '../../../readers/limits.js'
import { scaleOf } from '../../../readers/scale.js'
import type { Opened } from '../../../readers/slide.js'
import { isOfTheSource, SourceFailed } from '../../../readers/source-failed.js'
import type { Tile, TileStore } from '../../../readers/store.js'
import { Tilings } from '../../../readers/tiling.js'
import { attempt, attemptLater, broken, loadedBy, nameOf, type Part } from './failed.js'

export function guardedReader({ name, is, isFolder, isFolderOf, isUnlisted, parts, load }: Reader, plugin: string): Reader {
  const part: Part = { kind: 'reader', name, plugin }
  const looking = (uri: string) => ` as it looked at ${uri}`
  return {
    name,
    is: (head, uri) => attempt(part, looking(uri), () => is(head, uri)) === true,
    ...(isFolder && { isFolder: (inside, uri) => attempt(part, looking(uri), () => isFolder(inside, uri)) === true }),
    ...(isFolderOf && { isFolderOf: (head) => attempt(part, ' as it looked at a file of a folder', () => isFolderOf(head)) === true }),
    ...(isUnlisted && { isUnlisted: (uri) => attempt(part, looking(uri), () => isUnlisted(uri)) === true }),
    ...(parts && {
      parts: async (place, context) => {
        const uris = await attemptLater(part, looking(context.ref.uri), () => parts(place, context))
        if (Array.isArray(uris) && uris.every((uri) => typeof uri === 'string')) return uris
        throw broken(part, `gives no list of files as the parts of ${context.ref.uri}`)
      },
    }),
    load: async () => {
      const { open, openFolder } = await loadedBy(part, load)
      if (typeof open !== 'function') throw broken(part, "loads a module that exports no function 'open' (source, context)")
      return {
        open: async (source, context) => {
          const opened = await guardedSlide(part, context, () => open(source, context))
          // One that reads by itself, or from another file, hands back another: what was opened for it is closed with its slide all the same.
          return opened.source === source ? opened : closingToo(opened, source)
        },
        ...(openFolder && { openFolder: async (inside, context) => guardedSlide(part, context, () => openFolder(inside, context)) }),
      }
    },
  }
}

const closingToo = (opened: Opened, source: ByteSource): Opened => ({
  ...opened,
  close: () => {
    opened.close?.()
    void source.close().catch(() => undefined)
  },
})

async function guardedSlide(part: Part, context: OpenContext, open: () => Promise<Opened>): Promise<Opened> {
  const { uri } = context.ref
  const opened = await attemptLater(part, ` at ${uri}`, open)
  mustBeSane(part, opened, context)
  const guard = (store: TileStore) => guardedStore(part, store, uri, opened.source !== null)
  const guarded = (store: () => Promise<TileStore>) => async () => guard(await attemptLater(part, ` at ${uri}`, store))
  const { faster, pictures } = opened
  return {
    ...opened,
    info: scaled(part, opened.info, context.ref),
    store: guard(opened.store),
    ...(faster ? { faster: guarded(faster) } : {}),
    pictures: Object.fromEntries(Object.entries(pictures).map(([key, picture]) => [key, guarded(picture)])),
  }
}

/** What the user says of the size of a pixel counts, whatever the reader makes of it; and no glass is larger than any. */
function scaled({ name }: Part, info: SlideInfo, ref: SlideRef): SlideInfo {
  const { mpp, mppSource = `reader ${name}`, power, powerSource = `reader ${name}`, ...rest } = info
  const found = { ...(mpp === undefined ? {} : { mpp, mppSource }), ...(power === undefined ? {} : { power, powerSource }) }
  const { warnings, ...scale } = scaleOf({ ...found, meant: true }, ref, info)
  return { ...rest, ...scale, warnings: [...info.warnings, ...warnings] }
}

function mustBeSane(part: Part, opened: Opened, { ref, limits }: OpenContext): void {
  const { info, store, pictures, source } = opened ?? {}
  const wrong = (fact: string) => broken(part, `opens ${ref.uri} as no slide: ${fact}`)
  if (typeof info !== 'object' || info === null) throw wrong("it has no 'info'")
  if (typeof store?.decode !== 'function' || typeof store.extents !== 'function') throw wrong("its 'store' has no 'decode' and 'extents'")
  if (typeof pictures !== 'object' || pictures === null) throw wrong("it has no 'pictures': an object, {} for none")
  if (source === undefined) throw wrong("it has no 'source': the one it was given, or null when it reads by itself")
  if (typeof info.vendor !== 'string' || typeof info.compression !== 'string')
    throw wrong("its info needs 'vendor' and 'compression', as words")
  if (!isTexts(info.associated) || !isTexts(info.warnings)) throw wrong("its info needs the lists 'associated' and 'warnings', of texts")
  if (info.id !== ref.id || info.uri !== ref.uri) throw wrong(`its info is of '${info.id}', and '${ref.id}' was asked for`)
  const levels = store.levels
  if (!Array.isArray(levels) || levels.length === 0) throw wrong('it has no levels')
  for (const [i, level] of levels.entries()) mustFit(level, `level ${i}`, limits, wrong)
  const { width, height } = levels[0]!
  for (const [i, level] of (levels as readonly Level[]).entries()) {
    const { x, y } = level.downsample
    // Filled up to whole tiles it may show more, and by a rounding a pixel less.
    const isWhole = (level.width + 1) * x >= width && (level.height + 1) * y >= height
    if (i === 0 ? x === 1 && y === 1 : x >= 1 && y >= 1 && isWhole) continue
    const sizes = `of ${level.width} × ${level.height} px, each as ${x} × ${y} of level 0`
    throw wrong(`level ${i} is ${sizes}, which has ${width} × ${height}: a level shows all of the slide, and level 0 is as 1 × 1`)
  }
  if (info.width !== width || info.height !== height)
    throw wrong(`it is ${info.width} × ${info.height}, and its level 0 ${width} × ${height}`)
  const sizes = (of: readonly Level[]) => of.map((level) => `${level?.width} × ${level?.height}`).join(', ')
  if (!Array.isArray(info.levels) || sizes(info.levels) !== sizes(levels)) throw wrong("its info has not the 'levels' of its store")
  if (info.mpp !== undefined && !(isLength(info.mpp?.x) && isLength(info.mpp?.y)))
    throw wrong("the 'mpp' of its info is { x, y }: numbers above 0, in µm, or absent")
  if (info.power !== undefined && !isLength(info.power)) throw wrong("the 'power' of its info is a number above 0, or absent")
}

const isLength = above0.is
const isTexts = (list: unknown): boolean => Array.isArray(list) && list.every((text) => typeof text === 'string')

const isSize = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) > 0

function mustFit(level: Level, name: string, limits: Limits, wrong: (fact: string) => Error): void {
  const { width, height, tile, downsample } = level ?? {}
  const sizes = [width, height, tile?.width, tile?.height]
  if (!sizes.every(isSize)) throw wrong(`${name} is ${width} × ${height} with tiles of ${tile?.width} × ${tile?.height}`)
  if (!(isLength(downsample?.x) && isLength(downsample.y))) throw wrong(`${name} has no downsample: { x, y }, 1 for level 0`)
  if (width * height > limits.imagePixels) throw wrong(`${name} has more than ${limits.imagePixels} pixels`)
  if (tile.width * tile.height > limits.tilePixels) throw wrong(`the tiles of ${name} have more than ${limits.tilePixels} pixels`)
}

const isPlace = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isExtent = (extent: unknown): boolean =>
  isObject(extent) && 'offset' in extent && 'length' in extent && isPlace(extent.offset) && isPlace(extent.length)

function guardedStore(part: Part, store: TileStore, uri: string, hasSource: boolean): TileStore {
  const tilings = new Tilings(store)
  const checked = (level: number, index: number, tile: Tile, shrink: Shrink): void => {
    const place = tilings.of(level).placeOf(index)
    const [width, height] = [shrunk(place.width, shrink), shrunk(place.height, shrink)]
    const bytes = tile?.data instanceof Uint8Array ? tile.data.length : 0
    const pixels = tile?.width * tile?.height
    // Four bytes a pixel would be taken for a tile with some room behind it, and shown in other colours.
    const isShrunk = shrink === 1 || tile?.width <= shrunk(store.levels[level]!.tile.width, shrink)
    if (tile?.width >= width && tile.height >= height && isShrunk && bytes >= pixels * 3 && bytes !== pixels * 4) return
    const wanted = `${width} × ${height} px are ${width * height * 3}`
    throw undecodable(level, index, `it gives ${bytes} bytes for ${tile?.width} × ${tile?.height} px, and ${wanted}`)
  }
  const undecodable = (level: number, index: number, fact: string, cause?: unknown) => {
    const tile = tilings.of(level).nameOf(index)
    return new SlideError('TILE_UNDECODABLE', `${uri}: ${tile} cannot be decoded by the ${nameOf(part)}: ${fact}`, { cause })
  }
  const told = (level: number, index: number, cause: unknown) => {
    if (isOfTheSource(cause)) return new SourceFailed(cause)
    return cause instanceof TiastreamError
      ? cause
      : undecodable(level, index, cause instanceof Error ? cause.message : String(cause), cause)
  }
  const at = ` at ${uri}`
  return {
    ...store,
    levels: store.levels,
    ...(store.prepare && { prepare: (level, signal) => attemptLater(part, at, () => store.prepare!(level, signal)) }),
    ...(store.placed && {
      placed: (level) => {
        const placed = attempt(part, at, () => store.placed!(level)) ?? null
        if (placed === null) return null
        if (!(isPlace(placed.count) && isFunction(placed.tilesIn) && isFunction(placed.placeOf)))
          throw broken(part, `says of level ${level} of ${uri} no { count, tilesIn, placeOf }: placementOf makes it`)
        for (let tile = 0; tile < placed.count; tile++) {
          const { x, y, width, height } = placed.placeOf(tile) ?? {}
          if (Number.isSafeInteger(x) && Number.isSafeInteger(y) && isPlace(width) && isPlace(height)) continue
          // Between pixels a column would be left out, and what lies nowhere would be white.
          throw broken(part, `says of tile ${tile} of level ${level} of ${uri} no place in whole pixels: ${x}, ${y}, ${width} × ${height}`)
        }
        return placed
      },
    }),
    ...(store.fetch && {
      fetch: async (level, index) => {
        let parts: readonly Uint8Array[]
        try {
          parts = await store.fetch!(level, index)
        } catch (cause) {
          throw told(level, index, cause)
        }
        if (Array.isArray(parts) && parts.every((bytes) => bytes instanceof Uint8Array)) return parts
        throw undecodable(level, index, 'it fetches no list of bytes')
      },
    }),
    extents: (level, index) => {
      const extents = attempt(part, at, () => store.extents(level, index))
      // A blank tile.
      if (extents === null) return null
      if (!Array.isArray(extents) || !extents.every(isExtent))
        throw broken(part, `says of tile ${index} of level ${level} of ${uri} no list of { offset, length }, in bytes`)
      if (hasSource || extents.length === 0) return extents
      throw broken(part, `says where tile ${index} of level ${level} of ${uri} lies, and has no 'source' to read it from`)
    },
    decode: (level, index, parts, memory, shrink = 1) => {
      const taken = new Set<Uint8Array>()
      const lend = (bytes: number) => {
        const buffer = memory(bytes)
        taken.add(buffer)
        return buffer
      }
      // What it did not take for this tile may be a buffer that it uses again, or bytes of the file that others still read.
      const owned = (tile: Tile): Tile => {
        checked(level, index, tile, shrink)
        if (tile.kept === true || taken.has(tile.data)) return tile
        const data = memory(tile.width * tile.height * 3)
        data.set(tile.data.subarray(0, data.length))
        return { ...tile, data }
      }
      try {
        const tile = store.decode(level, index, parts, lend, shrink)
        if (!(tile instanceof Promise)) return owned(tile)
        return tile.then(owned, (cause: unknown) => {
          throw told(level, index, cause)
        })
      } catch (cause) {
        throw told(level, index, cause)
      }
    },
  }
}
