/** The files of each scheme, one line each. */

import type { ByteSource } from '../byte-source.js'
import type { Files } from './files.js'
import { localFiles } from './local.js'

/** By what stands before `://`; loaded when the first slide of the scheme is. Anything else is a path. */
const schemes: Readonly<Record<string, () => Promise<Files>>> = {}

export function filesFor(uri: string): Files | Promise<Files> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(uri)?.[1]?.toLowerCase()
  return (scheme !== undefined && Object.hasOwn(schemes, scheme) ? schemes[scheme]?.() : undefined) ?? localFiles
}

/** Opens a file of whatever scheme. Throws SlideError. */
export const openUri = async (uri: string, signal?: AbortSignal): Promise<ByteSource> => (await filesFor(uri)).open(uri, signal)
