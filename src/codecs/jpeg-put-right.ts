/**
 * What cameras and programs write amiss around the codes of a JPEG, of which libjpeg warns, and which puts no pixel in doubt:
 *
 *     stray bytes between two segments
 *     FF E0 … "JFIF\0" version (2)          a version that there is not
 *     FF EE … "Adobe" … transform           a transform that there is not: libjpeg takes YCbCr, of four components YCCK
 *     FF DA … first, last, approximation    of a sequential picture always 0, 63, 0
 *     codes, zeros, FF D9                   filled up to whole words
 *
 * Stray bytes right behind the codes are something else: codes that were not read, since one before them was.
 */

const [EOI, SOS, APP0, APP14] = [0xd9, 0xda, 0xe0, 0xee]
/** What begins a picture: by Huffman codes, then by arithmetic ones; the others come in several scans. */
const sequentials = [0xc0, 0xc1, 0xc9]
const pictures = [...sequentials, 0xc2, 0xca]

/** The same bytes where nothing is amiss. */
export function putRight(jpeg: Uint8Array): Uint8Array {
  const pieces = [jpeg.subarray(0, 2)]
  let components = 0
  let sequential = false
  let adobe: Uint8Array | undefined
  let at = 2
  while (at < jpeg.length) {
    const start = markerFrom(jpeg, at)
    const marker = jpeg[start + 1]
    const length = isAlone(marker) ? 0 : ((jpeg[start + 2] ?? 0) << 8) | (jpeg[start + 3] ?? 0)
    at = start + 2 + length
    if (marker === undefined || marker === EOI || at > jpeg.length) {
      pieces.push(jpeg.subarray(start))
      break
    }
    // A copy: a Buffer's own `slice` is none.
    const segment = new Uint8Array(jpeg.subarray(start, at))
    pieces.push(segment)
    if (marker === APP0 && segment.length > 10 && isNamed(segment, 'JFIF')) segment[9] = 1
    if (marker === APP14 && segment.length > 15 && isNamed(segment, 'Adobe')) adobe = segment
    if (pictures.includes(marker)) {
      components = segment[9] ?? 0
      sequential = sequentials.includes(marker)
    }
    if (marker !== SOS) continue
    if (sequential && segment.length > 8) segment.set([0, 63, 0], segment.length - 3)
    const end = endOfCodes(jpeg, at)
    pieces.push(jpeg.subarray(at, jpeg[end + 1] === EOI ? withoutZeros(jpeg, at, end) : end))
    at = end
  }
  // 0: RGB, or CMYK; 1: YCbCr, of three; 2: YCCK, of four.
  const ycc = components === 4 ? 2 : 1
  if (adobe !== undefined && adobe[15] !== 0 && adobe[15] !== ycc) adobe[15] = ycc
  const right = Buffer.concat(pieces)
  return right.equals(jpeg) ? jpeg : right
}

/** Where the next marker begins; FF may be written several times before it. */
function markerFrom(jpeg: Uint8Array, from: number): number {
  for (let at = jpeg.indexOf(0xff, from); at >= 0; at = jpeg.indexOf(0xff, at + 1)) {
    const next = jpeg[at + 1]
    if (next !== 0 && next !== 0xff) return at
  }
  return jpeg.length
}

/** Codes hold FF 00, and marks of restart. */
function endOfCodes(jpeg: Uint8Array, from: number): number {
  let at = markerFrom(jpeg, from)
  while (isRestart(jpeg[at + 1])) at = markerFrom(jpeg, at + 2)
  return at
}

function withoutZeros(jpeg: Uint8Array, from: number, end: number): number {
  let to = end
  // FF may be written several times before a mark.
  while (to > from && jpeg[to - 1] === 0xff) to--
  while (to > from && jpeg[to - 1] === 0 && jpeg[to - 2] !== 0xff) to--
  return to
}

const isRestart = (marker: number | undefined) => marker !== undefined && marker >= 0xd0 && marker <= 0xd7
const isAlone = (marker: number | undefined) => marker === 0x01 || marker === EOI || isRestart(marker)

const isNamed = (segment: Uint8Array, name: string) =>
  Buffer.from(segment.buffer, segment.byteOffset + 4, name.length).toString('latin1') === name
