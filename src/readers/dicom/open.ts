/** DICOM: from one file, or a folder of a series, to an opened slide. */

import type { DecodeSpeed, SlideInfo } from '../../core/slide.js'
import type { ByteSource } from '../byte-source.js'
import type { Listed } from '../files/files.js'
import type { OpenContext } from '../format.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { MOST_LEVELS } from '../tile-loader.js'
import { instancesIn } from './folder.js'
import { readHeader } from './header.js'
import { type Instance, instanceOf, unsupported } from './instance.js'
import { LevelFrames } from './level.js'
import type { Place } from './place.js'
import type { Member } from './places.js'
import { seriesOf } from './series.js'
import { dicomStore } from './store.js'

export async function open(source: ByteSource, context: OpenContext): Promise<Opened> {
  const { limits, signal } = context
  const place: Place = { uri: source.uri, base: 0, size: source.size }
  const header = await readHeader(source, place, limits, signal)
  if ('other' in header)
    throw unsupported(
      source.uri,
      `is a DICOM object of another kind than a whole slide image (${header.other})`,
      'name a file, or the folder, of the slide',
    )
  return openInstances([instanceOf(header, place, limits)], source, context, [])
}

export async function openFolder(inside: readonly Listed[], context: OpenContext): Promise<Opened> {
  const warnings: string[] = []
  const { instances, source } = await instancesIn(inside, context, warnings)
  return openInstances(instances, source, context, warnings)
}

/** Opens the instances of one series, which lie in `source`. */
async function openInstances(
  instances: readonly Instance[],
  source: ByteSource,
  { ref, limits, signal, again = false }: OpenContext,
  warnings: string[],
): Promise<Opened> {
  const series = seriesOf(instances, ref.uri, warnings)
  const levels = series.levels.slice(0, MOST_LEVELS).map((members) => new LevelFrames(members, source, limits))
  // Of a slide that was opened before, elsewhere, the other levels wait until they are used.
  for (const level of again ? levels.slice(0, 1) : levels) await level.read(warnings, signal)
  const storeOf = (speed: DecodeSpeed) => dicomStore(levels, speed, limits)
  const pictureOf = (members: readonly Member[]) => dicomStore([new LevelFrames(members, source, limits)], 'exact', limits)
  const store = await storeOf('exact')
  const { mpp, power, size, syntax } = series.levels[0]![0]!.instance
  // Whoever wrote it wrote it for this picture: a map of 30 µm a pixel is one.
  const scale = scaleOf(
    {
      ...(mpp === undefined ? {} : { mpp: { x: mpp.x, y: mpp.y }, mppSource: mpp.source, meant: true }),
      ...(power === undefined ? {} : { power, powerSource: 'DICOM ObjectiveLensPower' }),
    },
    ref,
  )
  const info: SlideInfo = {
    id: ref.id,
    uri: ref.uri,
    kind: ref.kind,
    vendor: 'dicom',
    ...size,
    levels: store.levels,
    ...scale,
    associated: Object.keys(series.pictures).sort(),
    warnings: [...warnings, ...scale.warnings],
    compression: levels[0]!.compression,
  }
  return {
    info,
    store,
    ...(syntax.codec === 'jpeg' ? { faster: () => storeOf('fast') } : {}),
    source,
    pictures: Object.fromEntries(Object.entries(series.pictures).map(([name, members]) => [name, () => pictureOf(members)])),
  }
}
