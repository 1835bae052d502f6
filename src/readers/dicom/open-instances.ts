/** From the instances of one series to an opened slide, wherever their frames come from. */

import type { DecodeSpeed, SlideInfo } from '../../core/slide.js'
import type { ByteSource } from '../byte-source.js'
import type { OpenContext } from '../format.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { MOST_LEVELS } from '../tile-loader.js'
import type { FrameDoor } from './frame-door.js'
import { holesIn } from './holes.js'
import { type Instance, mppOfVolume, volumeDoubt } from './instance.js'
import { LevelFrames } from './level.js'
import type { Member } from './places.js'
import { shuffled } from './places.js'
import { referenceOf } from './reference.js'
import { seriesOf } from './series.js'
import { dicomStore } from './store.js'

/** `source`: the bytes of the slide, closed with it. Throws SlideError. */
export async function openInstances<I extends Instance>(
  instances: readonly I[],
  door: FrameDoor<I>,
  source: ByteSource,
  { ref, limits, signal, again = false }: OpenContext,
  warnings: string[],
): Promise<Opened> {
  const series = seriesOf(instances, ref.uri, warnings)
  const kept = series.levels.slice(0, MOST_LEVELS)
  const levels = kept.map(({ members, factor }) => new LevelFrames(members, door, factor))
  // Of a slide that was opened before, elsewhere, the other levels wait until they are used.
  const read = again && !door.fetches ? levels.slice(0, 1) : levels
  for (const level of read) await level.read(warnings, signal)
  // Who opens it again has been told.
  if (!again) warnings.push(...kept.flatMap(({ members }) => shuffled(members)))
  const storeOf = (speed: DecodeSpeed) => dicomStore(levels, speed, limits)
  const pictureOf = (members: readonly Member<I>[]) => dicomStore([new LevelFrames(members, door)], 'exact', limits)
  const store = await storeOf('exact')
  // Level 0 is what the others are held against.
  for (let i = 1; i < read.length; i++) {
    const holes = holesIn(store, i)
    if (holes > 0)
      warnings.push(`level ${i} has no frame for ${holes} ${holes === 1 ? 'tile' : 'tiles'} that level 0 shows: it is white there`)
  }
  const { mpp, power, size, resampled, header } = series.levels[0]!.members[0]!.instance
  const reference = referenceOf(header, size)
  const volume = mppOfVolume(header, size)
  if (resampled) warnings.push('its largest picture says that it was made of a larger one (RESAMPLED), which is not here')
  // Where they are not alone, the other size of a pixel is told.
  const doubt = mpp?.source === volume?.source && ref.mpp === undefined ? volumeDoubt(header, size) : undefined
  if (doubt !== undefined) warnings.push(doubt)
  // Whoever wrote it wrote it for this picture: a map of 30 µm a pixel is one.
  const scale = scaleOf(
    {
      ...(mpp === undefined ? {} : { mpp: { x: mpp.x, y: mpp.y }, mppSource: mpp.source, meant: true }),
      ...(volume === undefined ? {} : { otherwise: { mpp: volume, source: volume.source } }),
      ...(power === undefined ? {} : { power, powerSource: 'DICOM ObjectiveLensPower' }),
    },
    ref,
    size,
  )
  const info: SlideInfo = {
    id: ref.id,
    uri: ref.uri,
    kind: ref.kind,
    vendor: 'dicom',
    ...size,
    levels: store.levels,
    ...scale,
    ...(reference === undefined ? {} : { reference }),
    instances: Object.fromEntries(series.levels.flatMap(({ members, factor }) => members.map(({ instance }) => [instance.uid, factor]))),
    associated: Object.keys(series.pictures).sort(),
    warnings: [...warnings, ...scale.warnings],
    compression: levels[0]!.compression,
  }
  return {
    info,
    store,
    ...(levels[0]!.format?.syntax.codec === 'jpeg' ? { faster: () => storeOf('fast') } : {}),
    source,
    pictures: Object.fromEntries(Object.entries(series.pictures).map(([name, members]) => [name, () => pictureOf(members)])),
  }
}
