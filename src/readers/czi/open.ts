/** Zeiss CZI: from the file to an opened slide. */

import { SlideError } from '../../core/errors.js'
import type { DecodeSpeed, SlideInfo } from '../../core/slide.js'
import type { ByteSource } from '../byte-source.js'
import type { OpenContext } from '../format.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { MOST_LEVELS } from '../tile-loader.js'
import { readAttachments } from './attachments.js'
import { BGR24, compressions, obstacleOf } from './decode.js'
import { readDirectory } from './directory.js'
import { levelsOf } from './levels.js'
import { scaleIn } from './metadata.js'
import { type CziPlace, readCziHeader, readMetadata } from './segments.js'
import { cziStore } from './store.js'

/** Bio-Formats keeps channels, planes and bits as they are: an OME-TIFF of them is refused as well. */
const inColours = 'export it from ZEN as one plane in colours of 8 bits'
const unpacked = `${inColours}, or convert it to OME-TIFF, for example with: bfconvert in.czi out.ome.tif`

export async function open(source: ByteSource, { ref, limits, signal }: OpenContext): Promise<Opened> {
  const { uri } = source
  if (ref.kind !== 'slide')
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is a Zeiss CZI slide, no plain picture`, { hint: 'list it under slides:' })
  const place: CziPlace = { source, base: 0, ...(signal === undefined ? {} : { signal }) }
  const header = await readCziHeader(place)
  if (header.part !== 0)
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is part ${header.part} of a Zeiss CZI slide in several files, which is not read`, {
      hint: 'save it as one file',
    })
  const warnings: string[] = []
  if (header.updating) warnings.push('it was not closed when it was written last: something may be missing')
  const blocks = await readDirectory(place, header.directory, limits, inColours)
  const levels = levelsOf(blocks, uri, limits, MOST_LEVELS, warnings)
  const odd = levels.flatMap((level) => level.blocks).find((block) => obstacleOf(block) !== null)
  if (odd !== undefined)
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is a Zeiss CZI slide with ${obstacleOf(odd)}, which is not read`, {
      hint: odd.pixelType === BGR24 ? unpacked : inColours,
    })
  const starts = Float64Array.from([...blocks.map((block) => block.place), header.directory, header.metadata, header.attachments]).sort()
  const storeOf = (speed: DecodeSpeed) => cziStore(levels, { source, base: 0 }, starts, speed, limits)
  const store = await storeOf('exact')
  const scale = scaleOf(scaleIn(await readMetadata(place, header.metadata, limits), uri, warnings), ref, store.levels[0])
  const pictures = await readAttachments(place, header.attachments, limits, warnings)
  const { width, height } = store.levels[0]!
  const first = levels[0]!.blocks[0]!
  const info: SlideInfo = {
    id: ref.id,
    uri: ref.uri,
    kind: ref.kind,
    vendor: 'zeiss',
    width,
    height,
    levels: store.levels,
    ...scale,
    associated: Object.keys(pictures).sort(),
    warnings: [...warnings, ...scale.warnings],
    compression: compressions[first.compression]!,
  }
  return {
    info,
    store,
    ...(levels.some((level) => level.blocks.some(({ compression }) => compression === 1)) ? { faster: () => storeOf('fast') } : {}),
    source,
    pictures,
  }
}
