/**
 * The segments of a CZI: 16 bytes of name, two int64 (allocated and used bytes), then what is in it. All numbers are little endian, and places are
 * counted from the beginning of the CZI, which may lie in another one.
 *
 *     ZISRAWFILE        version (2 × 4)  0 (8)  two GUIDs (2 × 16)  part (4)  directory (8)  metadata (8)  update pending (4)  attachments (8)
 *     ZISRAWDIRECTORY   count (4)  0 (124)  entries, see directory.ts
 *     ZISRAWMETADATA    bytes of XML (4)  0 (252)  XML
 *     ZISRAWATTDIR      count (4)  0 (252)  entries, see attachments.ts
 */

import { viewOf } from '../../core/bytes-of.js'
import type { ByteSource } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'

/** A CZI in a file, or in a CZI. */
export interface CziPlace {
  readonly source: ByteSource
  /** Where it begins. */
  readonly base: number
  readonly signal?: AbortSignal
}

export interface CziHeader {
  readonly part: number
  readonly directory: number
  readonly metadata: number
  readonly attachments: number
  readonly updating: boolean
}

export const SEGMENT = 32

/** The payload of a segment: of its used bytes `most` at most. Throws SLIDE_MALFORMED where another thing lies. */
export async function readSegment({ source, base, signal }: CziPlace, at: number, name: string, most: number): Promise<DataView> {
  if (!(at >= 0 && base + at + SEGMENT <= source.size)) throw malformed(source.uri, `leads to a ${name} at byte ${at}, where it has ended`)
  const head = viewOf(await source.read(base + at, SEGMENT, signal))
  const found = textAt(head, 0, 16)
  if (found !== name) throw malformed(source.uri, `has ${JSON.stringify(found)} at byte ${at}, where ${name} should be`)
  const used = Number(head.getBigInt64(24, true))
  // Some writers say nothing of what is used, but only of what is allocated.
  const length = used > 0 ? used : Number(head.getBigInt64(16, true))
  if (!(length > 0 && base + at + SEGMENT + length <= source.size))
    throw malformed(source.uri, `has a ${name} of ${length} bytes at byte ${at}, for which it is too short`)
  return viewOf(await source.read(base + at + SEGMENT, Math.min(length, most), signal))
}

export async function readCziHeader(place: CziPlace): Promise<CziHeader> {
  const view = await readSegment(place, 0, 'ZISRAWFILE', 512)
  if (view.byteLength < 80) throw malformed(place.source.uri, 'has a header that is too short')
  return {
    part: view.getInt32(48, true),
    directory: int64(view, 52),
    metadata: int64(view, 60),
    updating: view.getInt32(68, true) !== 0,
    attachments: int64(view, 72),
  }
}

/** The XML of the metadata; empty where there is none. */
export async function readMetadata(place: CziPlace, at: number, { tagBytes }: Limits): Promise<string> {
  if (at === 0) return ''
  const view = await readSegment(place, at, 'ZISRAWMETADATA', tagBytes)
  const length = view.byteLength < 4 ? 0 : view.getInt32(0, true)
  if (length < 0 || 256 + length > view.byteLength)
    throw malformed(place.source.uri, `has metadata of ${length} bytes, for which it is too short`)
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + 256, length))
}

/** Beyond 2^53 it leads out of every file. */
export const int64 = (view: DataView, at: number): number => Number(view.getBigInt64(at, true))

/** Up to the first 0. */
export function textAt(view: DataView, at: number, length: number): string {
  const text = Buffer.from(view.buffer, view.byteOffset + at, length).toString('latin1')
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}
