/** An OME-Zarr in one file: a zip (`.ozx`, `.zarr.zip`) whose entries are the files of the store, at its root. */

import type { ByteSource } from '../byte-source.js'
import { filesInZip, packed } from '../files/zip.js'
import type { OpenContext } from '../format.js'
import type { Opened } from '../slide.js'
import { openStore } from './open.js'

export async function open(source: ByteSource, context: OpenContext): Promise<Opened> {
  const files = await filesInZip(source, context.limits, context.signal)
  return { ...(await openStore({ ...context, files }, `pack what lies in its folder, not the folder: ${packed}`)), source }
}
