/** The files of a folder that are of one series with a slide in it, as one source. */

import { SlideError } from '../../core/errors.js'
import type { ByteSource } from '../byte-source.js'
import type { Listed } from '../files/files.js'
import { joinedSource, placeIn } from '../files/joined.js'
import { isDicom, type OpenContext } from '../format.js'
import { headerIn } from './deflated.js'
import { type InstanceInFile, instanceInFile, roleOf, unsupported } from './instance.js'
import { takenFor } from './series.js'

/** Files of a slide that are open at once: a level is one, or a few. */
const MOST_FILES = 1024
/** Headers that are read at once: the wait is for the disk. */
const AT_ONCE = 8

interface Part {
  readonly instance: InstanceInFile
  readonly source: ByteSource
}

/** Throws a SlideError where no series is the one with a slide in it. */
export async function instancesIn(
  inside: readonly Listed[],
  context: OpenContext,
  warnings: string[],
): Promise<{ readonly instances: readonly InstanceInFile[]; readonly source: ByteSource }> {
  const { uri } = context.ref
  const files = inside.filter(({ name, isFolder }) => !isFolder && name !== 'DICOMDIR')
  const found: Part[] = []
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const here = files.slice(at, at + AT_ONCE)
    // In the order of the files, whichever is read first.
    const odd = here.map((): string[] => [])
    const some = await Promise.all(here.map((file, i) => partIn(file, context, odd[i]!)))
    warnings.push(...odd.flat())
    found.push(...some.filter((part) => part !== null))
    if (found.length > MOST_FILES)
      throw new SlideError('SLIDE_TOO_LARGE', `${uri} has more than ${MOST_FILES} files of slides`, {
        hint: 'keep each series in a folder of its own',
      })
  }
  const instances = takenFor(
    found.map(({ instance }) => instance),
    warnings,
  )
  const parts = found.map(({ source }, i): Part => ({ source, instance: instances[i]! }))
  const series = [...new Set(parts.flatMap(({ instance }) => (instance.role === 'VOLUME' ? [instance.series] : [])))]
  if (series.length > 1)
    throw unsupported(
      uri,
      `holds ${series.length} series with a slide (${series.slice(0, 3).join(', ')}${series.length > 3 ? ' …' : ''})`,
      'put each series into a folder of its own',
    )
  if (parts.length === 0)
    throw unsupported(uri, 'is a folder of DICOM files, none of which is a whole slide image', 'name the folder of a series with a slide')
  const own = series.length === 0 ? parts : parts.filter(({ instance }) => instance.series === series[0])
  for (const { instance, source } of parts.filter((part) => !own.includes(part))) {
    warnings.push(`${instance.place.uri} is left out: it belongs to another series`)
    await source.close()
  }
  return {
    instances: own.map(({ instance }, k) => ({ ...instance, place: { ...instance.place, base: placeIn(k, 0) } })),
    source: joinedSource(
      uri,
      own.map(({ source }) => source),
    ),
  }
}

/** Null for what is no part of a slide: another object, or another file. */
async function partIn({ uri }: Listed, { files, limits, signal }: OpenContext, warnings: string[]): Promise<Part | null> {
  const file = await files.open(uri)
  const none = async () => {
    await file.close()
    return null
  }
  if (file.size < 132 || !isDicom(await file.read(0, 132, signal))) return none()
  const { header, source, place } = await headerIn(file, limits, signal)
  if ('other' in header) return none()
  try {
    return { instance: instanceInFile(header, place, limits), source }
  } catch (error) {
    // A picture beside the slide that cannot be read is no reason to refuse the slide.
    if (!(error instanceof SlideError) || roleOf(header.set) === 'VOLUME') throw error
    warnings.push(`${uri} is left out: ${error.message}`)
    return none()
  }
}
