/** Which reader reads a slide: the first that knows its first bytes or, of a folder, what lies in it. */

import { isAddress, withoutSecrets } from '../core/address.js'
import { SlideError } from '../core/errors.js'
import { forMany } from '../flow/for-many.js'
import type { ByteSource } from './byte-source.js'
import { filesFor } from './files/by-scheme.js'
import { isMissing, type Listed } from './files/files.js'
import type { Known } from './files/known.js'
import { filesOfSlide, type OpenFiles, type SlideFiles } from './files/of-slide.js'
import type { OpenContext, Reader } from './format.js'

/** What lies at the uri of a slide, and who reads it, if anybody does. */
export type Found =
  | { readonly kind: 'file'; readonly source: ByteSource; readonly head: Uint8Array; readonly reader: Reader | undefined }
  | { readonly kind: 'folder'; readonly inside: readonly Listed[]; readonly reader: Reader | undefined }

/** Enough for every magic number; DICOM's lies at byte 128. */
const HEAD = 256

/** The files of a slide, and what opens them; `known`: what the thread that opened the slide first has found out. */
export async function contextOf(given: Omit<OpenContext, 'files'>, known?: Known): Promise<OpenContext & { readonly files: OpenFiles }> {
  const { ref, limits } = given
  // A reader may read many pieces at once.
  const signal = forMany(given.signal)
  const files = filesOfSlide(ref.uri, await filesFor(ref.uri, ref.remote), limits, { signal, known })
  // Readers write the address into what they say of a slide.
  return { ...given, ...(signal && { signal }), ref: { ...ref, uri: withoutSecrets(ref.uri) }, files }
}

/** Throws SlideError when nothing is there, or may be read. */
export async function findReader({ ref, files, signal }: OpenContext, readers: readonly Reader[]): Promise<Found> {
  const { uri } = ref
  const asFolder = async (inside: readonly Listed[]): Promise<Found> => {
    const reader = readers.find((one) => one.isFolder?.(inside, uri)) ?? (await byFirstFile(inside, files, readers, signal))
    return { kind: 'folder', inside, reader }
  }
  const listed = await files.list(uri)
  if (listed !== null) return asFolder(listed)
  const unlisted = isAddress(uri) ? readers.find((one) => one.isUnlisted?.(uri)) : undefined
  if (unlisted !== undefined) return { kind: 'folder', inside: [], reader: unlisted }
  let source: ByteSource
  try {
    source = await files.open(uri)
  } catch (error) {
    // In a bucket a folder is known by the slash at its end: where no object has the name, keys may begin with it.
    const below = isMissing(error) ? await files.list(`${uri}/`).catch(unlessSlide) : null
    if (!below?.length) throw error
    return asFolder(below)
  }
  const head = await headOf(source, signal)
  return { kind: 'file', source, head, reader: readers.find((one) => one.is(head, uri)) }
}

/** What cannot be listed was missing before. */
function unlessSlide(error: unknown): null {
  if (error instanceof SlideError) return null
  throw error
}

const headOf = (source: ByteSource, signal?: AbortSignal) => source.read(0, Math.min(HEAD, source.size), signal)

/** Files from an archive may have no names that say anything. A hidden one is somebody else's. */
async function byFirstFile(
  inside: readonly Listed[],
  files: SlideFiles,
  readers: readonly Reader[],
  signal?: AbortSignal,
): Promise<Reader | undefined> {
  const asked = readers.filter(({ isFolderOf }) => isFolderOf)
  const first = inside.find(({ name, isFolder }) => !isFolder && !name.startsWith('.'))
  if (first === undefined || asked.length === 0) return undefined
  const source = await files.open(first.uri)
  try {
    const head = await headOf(source, signal)
    return asked.find(({ isFolderOf }) => isFolderOf!(head))
  } finally {
    await source.close()
  }
}
