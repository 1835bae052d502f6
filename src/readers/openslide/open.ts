/** A slide read by OpenSlide: each level in virtual tiles, so that cache, counts and errors are those of every other slide. */

import { CodecError } from '../../codecs/types.js'
import { SlideError } from '../../core/errors.js'
import type { Level, SlideInfo } from '../../core/slide.js'
import type { Region } from '../../geometry/region.js'
import type { ByteSource } from '../byte-source.js'
import type { OpenContext, ReaderCode } from '../format.js'
import { glassOf } from '../glass.js'
import type { Limits } from '../limits.js'
import { type FoundScale, scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { columnsOf, rowsOf } from '../store.js'
import { OpenSlideHandle } from './handle.js'
import { countLevels, movedBy } from './levels.js'
import { cure, type OpenSlideLibrary, openSlideLibrary } from './library.js'
import { levelStore, pictureStore } from './store.js'

/** Opens with OpenSlide; null when it does not know the file. Throws READER_MISSING where there is no OpenSlide to be used. */
export async function openByOpenSlide(source: ByteSource, { ref, limits }: OpenContext): Promise<Opened | null> {
  const { uri } = ref
  const library = await openSlideLibrary()
  if (typeof library === 'string') throw new SlideError('READER_MISSING', `${uri} is to be read by OpenSlide: ${library}`, { hint: cure })
  const vendor = library.detect_vendor(uri)
  if (vendor === null) return null
  const handle = new OpenSlideHandle(library, uri)
  try {
    const { counted, facts, bounds, offset, names } = handle.ask((own, slide) => ({
      counted: countLevels(own, slide),
      facts: scaleIn(own, slide),
      bounds: boundsIn(own, slide),
      offset: offsetIn(own, slide),
      names: own.associated_names(slide),
    }))
    const levels = counted.map(({ level }) => level)
    for (const level of levels) mustFit(level, uri, limits)
    const scale = scaleOf(facts, ref, levels[0])
    const info: SlideInfo = {
      id: ref.id,
      uri,
      kind: ref.kind,
      vendor,
      width: levels[0]!.width,
      height: levels[0]!.height,
      levels,
      ...scale,
      ...(bounds === undefined ? {} : { bounds }),
      ...glassOf(levels[0]!, offset, facts.mpp),
      associated: [...names].sort(),
      warnings: [...counted.flatMap(movedBy), ...scale.warnings],
      compression: `OpenSlide ${library.version}`,
    }
    const pictures = Object.fromEntries(names.map((name) => [name, async () => pictureStore(handle, name)]))
    return { info, store: levelStore(handle, counted), source, pictures, close: () => handle.close() }
  } catch (error) {
    handle.close()
    if (error instanceof CodecError) throw new SlideError('SLIDE_MALFORMED', `${uri} cannot be read: ${error.message}`, { cause: error })
    throw error
  }
}

/** OpenSlide alone, as a reader that knows every file: what it does not know it refuses. */
export const code: ReaderCode = {
  open: async (source, context) => {
    const opened = await openByOpenSlide(source, context)
    if (opened === null) throw new SlideError('SLIDE_UNSUPPORTED', `${context.ref.uri} is no slide that OpenSlide knows`)
    return opened
  },
}

function mustFit(level: Level, uri: string, limits: Limits): void {
  const { width, height } = level
  if (width < 1 || height < 1) throw new SlideError('SLIDE_MALFORMED', `${uri} has a level of ${width} x ${height} pixels`)
  if (width * height > limits.imagePixels || columnsOf(level) * rowsOf(level) > limits.tiles)
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} has a level of ${width} x ${height} pixels, more than ${limits.imagePixels}`)
}

function scaleIn(library: OpenSlideLibrary, slide: unknown): FoundScale {
  const number = (name: string): number | undefined => {
    const value = Number(library.get_property_value(slide, `openslide.${name}`) ?? Number.NaN)
    return value > 0 && Number.isFinite(value) ? value : undefined
  }
  const [x, y, power] = [number('mpp-x'), number('mpp-y'), number('objective-power')]
  return {
    ...(x === undefined || y === undefined ? {} : { mpp: { x, y }, mppSource: 'OpenSlide openslide.mpp-x' }),
    ...(power === undefined ? {} : { power, powerSource: 'OpenSlide openslide.objective-power' }),
  }
}

/** Where there is something on the slide, as its scanner says. */
function boundsIn(library: OpenSlideLibrary, slide: unknown): Region | undefined {
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) =>
    Number(library.get_property_value(slide, `openslide.bounds-${name}`) ?? Number.NaN),
  ) as [number, number, number, number]
  return [x, y, width, height].every(Number.isInteger) && width > 0 && height > 0 ? { x, y, width, height } : undefined
}

/** From the middle of the glass to that of the picture, in nm: Hamamatsu's alone say it. */
const offsetIn = (library: OpenSlideLibrary, slide: unknown): number[] =>
  ['X', 'Y'].map((axis) => Number(library.get_property_value(slide, `hamamatsu.${axis}OffsetFromSlideCentre`) ?? Number.NaN))
