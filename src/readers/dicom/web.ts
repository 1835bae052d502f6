/**
 * DICOM from a DICOMweb server: the same slide as from its files. What instances say comes as JSON, frames come by their numbers, as they are stored; in
 * what they are written is said with them, or told by their first bytes.
 */

import { CodecError } from '../../codecs/types.js'
import { Bug, SlideError } from '../../core/errors.js'
import type { StoredFrame } from '../../remote/dicomweb/series.js'
import type { ByteSource } from '../byte-source.js'
import { isJpeg, type OpenContext } from '../format.js'
import type { Limits } from '../limits.js'
import type { Opened } from '../slide.js'
import { SourceFailed } from '../source-failed.js'
import { codecSeenIn, writtenIn } from './first-frame.js'
import type { FrameDoor } from './frame-door.js'
import { FrameQueue } from './frame-queue.js'
import { type Instance, instanceOf, roleOf, unsupported } from './instance.js'
import { openInstances } from './open-instances.js'
import { SeriesSource } from './series-source.js'
import { type PixelCodec, type Syntax, syntaxOf } from './syntax.js'

export async function open(source: ByteSource, context: OpenContext): Promise<Opened> {
  if (!(source instanceof SeriesSource)) throw new Bug('what is no series of a DICOMweb server was opened as one')
  const warnings: string[] = []
  const instances = source.instances().flatMap(({ uid, uri, set }): Instance[] => {
    try {
      return [{ ...instanceOf(set, uri, context.limits), uid }]
    } catch (error) {
      // A picture beside the slide that cannot be read is no reason to refuse the slide.
      if (!(error instanceof SlideError) || roleOf(set) === 'VOLUME') throw error
      warnings.push(`${uri} is left out: ${error.message}`)
      return []
    }
  })
  if (instances.length === 0)
    throw unsupported(source.uri, 'is a series without a whole slide image', 'name the series of a slide: its modality is SM')
  return openInstances(instances, webDoor(source, context.limits), source, context, warnings)
}

/** Compressed data of a frame is no longer than this for a pixel, and a little more: what is stored whole has 3 bytes. */
const MOST_A_PIXEL = 12
const MORE = 64 * 1024

function webDoor(source: SeriesSource, limits: Limits): FrameDoor<Instance> {
  const queue = new FrameQueue(source)
  const mostOf = ({ frame }: Instance) => Math.min(limits.tileBytes, frame.width * frame.height * MOST_A_PIXEL + MORE)
  return {
    fetches: true,
    async open(instances, warnings, signal) {
      const [first] = instances
      const level = instances.map(({ uid }) => uid) as [string, ...string[]]
      // One that the server decoded may be had as it is stored, where its colours matter.
      const isMeant = (frame: StoredFrame) => first.photometric === 'RGB' || syntaxIn(frame, first).codec !== 'none'
      const stored = await source.first(level, mostOf(first), isMeant, signal)
      const { syntax, compression } = await writtenIn({ ...first, syntax: saidOf(stored, first) }, first.uri, async () => stored.bytes)
      if (syntax.codec === 'none' && first.photometric !== 'RGB')
        warnings.push(
          `${first.uri} comes in plain pixels, which are taken for ${first.photometric} as it says: where the server has decoded them to RGB, its colours are wrong`,
        )
      const fetch = (instance: Instance) => async (frame: number) =>
        bytesOf(await queue.frame(instance.uid, frame, mostOf(instance)).catch(ofTheServer), instance, syntax)
      return { frames: instances.map((instance) => ({ fetch: fetch(instance) })), syntax, compression }
    },
  }
}

/** No tile is at fault, unless it is too large. */
function ofTheServer(error: unknown): never {
  throw error instanceof SlideError && error.code !== 'SLIDE_TOO_LARGE' ? new SourceFailed(error) : error
}

/** The bytes of a frame, which is written as the first one of its level. */
function bytesOf(stored: StoredFrame, instance: Instance, { codec }: Syntax): Uint8Array {
  const own = saidOf(stored, instance)
  if (own.codec !== codec) throw new CodecError(`the server gives it in ${own.codec}, and the first frame of its level in ${codec}`)
  if (codec !== 'none') return stored.bytes
  const { width, height } = instance.frame
  const length = width * height * 3
  // An odd length may be filled up.
  if (stored.bytes.length !== length && stored.bytes.length !== length + (length % 2))
    throw new CodecError(`the server gives ${stored.bytes.length} bytes, where ${length} are needed`)
  return stored.bytes.subarray(0, length)
}

/** Of media types that say no transfer syntax one that is decoded as all of them are. */
const syntaxOfType: Readonly<Record<string, string>> = {
  'image/jpeg': '1.2.840.10008.1.2.4.50',
  'image/jls': '1.2.840.10008.1.2.4.80',
  'image/jp2': '1.2.840.10008.1.2.4.90',
  'image/jpx': '1.2.840.10008.1.2.4.90',
  'image/jphc': '1.2.840.10008.1.2.4.201',
  'image/dicom-rle': '1.2.840.10008.1.2.5',
  // As the standard, or others, had it before.
  'image/dicom+rle': '1.2.840.10008.1.2.5',
  'image/x-dicom-rle': '1.2.840.10008.1.2.5',
}

/** What begins as no codestream is plain pixels. */
const PLAIN = '1.2.840.10008.1.2.1'
const typesOfCodecs: Partial<Record<PixelCodec, string>> = { jpeg: 'image/jpeg', 'jpeg-ls': 'image/jls', jpeg2000: 'image/jp2' }
const typeSeenIn = (bytes: Uint8Array): string => typesOfCodecs[codecSeenIn(bytes) ?? (isJpeg(bytes) ? 'jpeg' : 'none')] ?? ''

/** Colours that pixels have only in a compressed frame: of one that a server decoded nobody can say which they are. */
const compressedOnly = ['YBR_FULL_422', 'YBR_ICT', 'YBR_RCT']

function saidOf(stored: StoredFrame, instance: Instance): Syntax {
  const written = syntaxIn(stored, instance)
  const { uri, photometric } = instance
  if (written.codec === 'none' && compressedOnly.includes(photometric))
    throw unsupported(
      uri,
      `is decoded by the server, which does not say into which colours (${photometric} before)`,
      'ask its keeper for frames as they are stored',
    )
  return written
}

/** Frames come without the items of a file. Some servers say what they were asked for, and give what is stored: no codestream begins as another does. */
function syntaxIn({ type, syntax, bytes }: StoredFrame, { uri, frame }: Instance): Syntax {
  const uid = syntax ?? syntaxOfType[Object.hasOwn(syntaxOfType, type) ? type : typeSeenIn(bytes)] ?? PLAIN
  const said = { ...syntaxOf(uid, uri), encapsulated: false }
  const length = frame.width * frame.height * 3
  const isPlain = said.codec === 'none' && (bytes.length === length || bytes.length === length + (length % 2))
  const seen = codecSeenIn(bytes)
  if (isPlain || seen === undefined || (said.codec === 'jpeg-lossless' && seen === 'jpeg')) return said
  return { ...said, codec: seen }
}
