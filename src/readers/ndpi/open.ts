/**
 * Hamamatsu NDPI. Every directory is one picture, which is one JPEG in one strip; its lens says what it shows: above 0 a level, -1 the macro,
 * -2 a map of what was scanned. Further focal planes of a level have directories of their own.
 */

import { CodecError } from '../../codecs/types.js'
import { SlideError } from '../../core/errors.js'
import type { DecodeSpeed, SlideInfo } from '../../core/slide.js'
import type { Size } from '../../geometry/region.js'
import { type ByteSource, type Extent, truncated } from '../byte-source.js'
import type { OpenContext, Opening } from '../format.js'
import { glassOf } from '../glass.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { type Directory, type DirectoryTree, readDirectories } from '../tiff/directory.js'
import type { TiffHeader } from '../tiff/entries.js'
import { obstacle, pageOf } from '../tiff/page.js'
import { resolutionOf } from '../tiff/resolution-tags.js'
import { placedIn, tiffStore } from '../tiff/store.js'
import { tags } from '../tiff/tags.js'
import { sameShape } from '../tiff/vendor.js'
import { placesOf } from './intervals.js'
import { LONGEST_SIDE, readLayout } from './layout.js'
import { type NdpiLevel, ndpiStore, tileOf } from './store.js'

interface NdpiPage extends Size {
  readonly directory: Directory
  readonly lens: number
  readonly focus: number
}

const JPEG = 7
const JPEG_XR = 22_610
/** Bytes of a pixel: three coefficients of at most 26 bits, and some more where a byte FF is two. */
const MOST_BYTES = 12
const pictureNames: Readonly<Record<number, string>> = { [-1]: 'macro', [-2]: 'map' }
const hint = 'export it from NDP.view as JPEG, or convert it to OME-TIFF, for example with: bfconvert in.ndpi out.ome.tif'

/** Without `header`: as any TIFF, whose offsets have 32 bits, or as BigTIFF. */
export async function open(source: ByteSource, { ref, limits, signal }: OpenContext, header?: TiffHeader): Promise<Opened> {
  const { uri } = source
  if (ref.kind !== 'slide') {
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is a Hamamatsu NDPI slide, no plain picture`, { hint: 'list it under slides:' })
  }
  const warnings: string[] = []
  const opening: Opening = { source, limits, warnings, signal }
  const pages = (await readDirectories(opening, header)).map(ndpiPage)
  const levels = await readLevels(levelsOf(pages, uri, warnings), opening)
  const storeOf = (speed: DecodeSpeed) => ndpiStore(levels, speed, limits)
  const store = await storeOf('exact')
  const { directory } = levels[0]!
  const mpp = resolutionOf({ directory, description: '' }, warnings)
  if (mpp === undefined && ref.mpp === undefined)
    warnings.push(
      `its resolution tags do not say how large a pixel is (unit ${directory.number(tags.ResolutionUnit) ?? 'none'}): the power stands in for it`,
    )
  const power = directory.real(tags.SourceLens)!
  const found = { ...(mpp === undefined ? {} : { mpp, mppSource: 'NDPI resolution tags' }), power, powerSource: 'NDPI SourceLens' }
  const scale = scaleOf(found, ref, store.levels[0])
  const pictures = picturesOf(pages, source, limits, warnings)
  const nm = directory.real(tags.EmissionWavelength) ?? 0
  if (nm > 0)
    warnings.push(`it is fluorescence (emission at ${Math.round(nm)} nm) shown in one colour: no model for stained tissue fits it`)
  const info: SlideInfo = {
    id: ref.id,
    uri: ref.uri,
    kind: ref.kind,
    vendor: 'hamamatsu',
    width: store.levels[0]!.width,
    height: store.levels[0]!.height,
    levels: store.levels,
    ...scale,
    ...glassOf(
      store.levels[0]!,
      [tags.XOffset, tags.YOffset].map((tag) => directory.numbers(tag)[0]),
      mpp,
    ),
    associated: Object.keys(pictures).sort(),
    warnings: [...warnings, ...scale.warnings],
    compression: 'jpeg',
  }
  return { info, store, faster: () => storeOf('fast'), source, pictures }
}

function ndpiPage({ page }: DirectoryTree): NdpiPage {
  return {
    directory: page,
    width: page.number(tags.ImageWidth) ?? 0,
    height: page.number(tags.ImageLength) ?? 0,
    lens: page.real(tags.SourceLens) ?? 0,
    focus: page.numbers(tags.FocalPlane)[0] ?? 0,
  }
}

/** The levels of focal plane 0, largest first, each size once and all of one shape. */
function levelsOf(pages: readonly NdpiPage[], uri: string, warnings: string[]): NdpiPage[] {
  for (const { width, height, lens } of pages)
    if (!(lens > 0) && pictureNames[lens] === undefined)
      warnings.push(`a picture of ${width} x ${height} is left out: it is said to be taken through a lens of ${lens}`)
  const all = pages.filter(({ lens }) => lens > 0)
  const levels = all.filter(({ focus }) => focus === 0).sort((a, b) => b.width - a.width)
  const base = levels[0]
  if (base === undefined) throw malformed(uri, 'is an NDPI without a picture of the slide in focal plane 0')
  const planes = new Set(all.map(({ focus }) => focus)).size
  if (planes > 1) warnings.push(`it has ${planes} focal planes: plane 0 is read`)
  const kept: NdpiPage[] = []
  for (const level of levels) {
    const { width, height } = level
    if (width === kept.at(-1)?.width) {
      throw new SlideError('SLIDE_UNSUPPORTED', `${uri} has two pictures of ${width} pixels across: a stack, channels or a series`, {
        hint,
      })
    }
    if (level === base || sameShape(level, base)) kept.push(level)
    else warnings.push(`a picture of ${width} x ${height} is left out: it has not the shape of the slide`)
  }
  return kept
}

/** The first must be readable, a further one is left out with a warning. */
async function readLevels(pages: readonly NdpiPage[], opening: Opening): Promise<NdpiLevel[]> {
  const { source, warnings } = opening
  // All at once: each header lies somewhere else, and on a server each is a way there and back. What is odd is told in the order of the levels.
  const odd = pages.map((): string[] => [])
  const read = pages.map(async (page, i): Promise<NdpiLevel | SlideError> => {
    try {
      return await readLevel(page, { ...opening, warnings: odd[i]! })
    } catch (error) {
      const told = error instanceof CodecError ? malformed(source.uri, `has a level whose data is damaged: ${error.message}`, error) : error
      if (i === 0 || !(told instanceof SlideError)) throw told
      return told
    }
  })
  const levels: NdpiLevel[] = []
  for (const [i, level] of (await Promise.all(read)).entries()) {
    warnings.push(...odd[i]!.map((fact) => `level ${i}: ${fact}`))
    if (!(level instanceof SlideError)) levels.push(level)
    else warnings.push(`level ${i} (${pages[i]!.width} x ${pages[i]!.height}) is left out: ${level.message}`)
  }
  return levels
}

async function readLevel({ directory, width, height }: NdpiPage, { source, limits, warnings, signal }: Opening): Promise<NdpiLevel> {
  const { uri } = source
  if (width < 1 || height < 1) throw malformed(uri, `has a level of ${width} x ${height} pixels`)
  if (width * height > limits.imagePixels)
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} says it has ${width} x ${height} pixels, more than ${limits.imagePixels}`)
  const compression = directory.number(tags.Compression) ?? 1
  if (compression !== JPEG) {
    const name = compression === JPEG_XR ? 'JPEG XR' : 'no JPEG'
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is an NDPI slide with ${name} data (compression ${compression}), which is not read`, {
      hint,
    })
  }
  const strip = await stripOf(directory, source, signal)
  const layout = await readLayout(source, strip, { width, height }, signal)
  const tile = tileOf(layout)
  const { intervals } = layout
  if (intervals === null && (tile.width > LONGEST_SIDE || tile.height > LONGEST_SIDE)) {
    throw new SlideError(
      'SLIDE_UNSUPPORTED',
      `${uri} has a level of ${width} x ${height} pixels without restart markers between its parts`,
      {
        hint,
      },
    )
  }
  if (tile.width * tile.height > limits.tilePixels) {
    throw new SlideError(
      'SLIDE_TOO_LARGE',
      `${uri} has JPEG data of ${tile.width} x ${tile.height} pixels in one piece, more than ${limits.tilePixels}`,
      {
        hint,
      },
    )
  }
  if (intervals === null) {
    if (strip.length > limits.tileBytes)
      throw new SlideError('SLIDE_TOO_LARGE', `${uri}: a level has ${strip.length} bytes in one piece, more than ${limits.tileBytes}`)
    return { directory, layout, strip, places: null }
  }
  const longest = intervals.width * intervals.height * MOST_BYTES + 65_536
  const scan = { source, strip, header: layout.header.length, total: intervals.columns * intervals.rows, longest }
  return { directory, layout, strip, places: placesOf(scan, directory, limits, (fact) => warnings.push(fact)) }
}

async function stripOf(directory: Directory, { uri, size }: ByteSource, signal?: AbortSignal): Promise<Extent> {
  const strips = directory.count(tags.StripOffsets)
  if (strips !== 1) throw malformed(uri, `has a level of ${strips} strips, where an NDPI has one`)
  const offset = (await directory.table(tags.StripOffsets, signal))![0]!
  const length = (await directory.table(tags.StripByteCounts, signal))?.[0] ?? 0
  if (!(offset > 0 && length > 0)) throw malformed(uri, `has a level of ${length} bytes at byte ${offset}`)
  if (offset + length > size) throw truncated(uri, offset, length, size)
  return { offset, length }
}

/** What stands beside the levels; one that cannot be read is left out with a warning. */
function picturesOf(pages: readonly NdpiPage[], source: ByteSource, limits: Limits, warnings: string[]): Opened['pictures'] {
  const pictures: Record<string, Opened['pictures'][string]> = {}
  for (const { directory, lens } of pages) {
    const name = pictureNames[lens]
    if (name === undefined || name in pictures) continue
    try {
      const page = pageOf(directory, source.uri, limits)
      const reason = obstacle(page, true)
      if (reason !== null) {
        warnings.push(`its ${name} is left out: it has ${reason}`)
        continue
      }
      pictures[name] = async () =>
        tiffStore(await placedIn([page], { source, limits, warnings: [] }), { speed: 'exact', alpha: 'on white' }, limits)
    } catch (error) {
      if (!(error instanceof SlideError)) throw error
      warnings.push(`its ${name} is left out: ${error.message}`)
    }
  }
  return pictures
}
