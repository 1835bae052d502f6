/** How the letters of a list are written: UTF-8, or UTF-16 as Excel's "Unicode text" is. */

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be'

/** Bytes that say it. */
const headBytes = 64

/** By the mark that a list begins with, or by a zero in every second byte: it begins with the names of columns, which are plain letters. */
export function encodingOf(list: Uint8Array): Encoding {
  const head = list.subarray(0, headBytes)
  const zeros = (odd: number) => head.length > 3 && head.every((byte, i) => (byte === 0) === (i % 2 === odd))
  const begins = (first: number, second: number) => head[0] === first && head[1] === second
  if (begins(0xff, 0xfe) || zeros(1)) return 'utf-16le'
  return begins(0xfe, 0xff) || zeros(0) ? 'utf-16be' : 'utf-8'
}
