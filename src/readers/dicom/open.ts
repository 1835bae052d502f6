/** DICOM: from one file, or a folder of a series, to an opened slide. */

import type { ByteSource } from '../byte-source.js'
import type { Listed } from '../files/files.js'
import type { OpenContext } from '../format.js'
import type { Opened } from '../slide.js'
import { othersOf } from './alone.js'
import { headerIn } from './deflated.js'
import { instancesIn } from './folder.js'
import { fileDoor } from './frame-door.js'
import { instanceInFile, unsupported } from './instance.js'
import { openInstances } from './open-instances.js'

export async function open(file: ByteSource, context: OpenContext): Promise<Opened> {
  const { limits, signal } = context
  const { header, source, place } = await headerIn(file, limits, signal)
  if ('other' in header)
    throw unsupported(
      source.uri,
      `is a DICOM object of another kind than a whole slide image (${header.other})`,
      'name a file, or the folder, of the slide',
    )
  const instance = instanceInFile(header, place, limits)
  return openInstances([instance], fileDoor(source, limits), source, context, [...(await othersOf(instance, context))])
}

export async function openFolder(inside: readonly Listed[], context: OpenContext): Promise<Opened> {
  const warnings: string[] = []
  const { instances, source } = await instancesIn(inside, context, warnings)
  return openInstances(instances, fileDoor(source, context.limits), source, context, warnings)
}
