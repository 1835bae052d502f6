/** The text of a pipeline file, or what the file is instead: editors save in several ways, and a wrong file is named quickly. */

export type FileText = { readonly text: string } | { readonly is: string }

/** UTF-8, with or without its mark; line ends of any system. */
export function textOfFile(bytes: Uint8Array): FileText {
  const encoding = utf16Of(bytes)
  if (encoding) return { is: `this file is ${encoding} text, and a pipeline is UTF-8: save it as UTF-8` }
  const kind = kindOf(bytes)
  if (kind) return { is: `this file is ${kind}, and a pipeline is a text file (YAML)` }
  const zero = bytes.indexOf(0)
  if (zero >= 0) {
    const all = bytes.every((byte) => byte === 0)
    return {
      is: all ? 'this file holds nothing but zeros: it was not written whole' : 'this file is binary, and a pipeline is a text file (YAML)',
    }
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r(?!\n)/g, '\n')
    return /^\s*<[!?a-z]/i.test(text) ? { is: 'this file is HTML or XML, and a pipeline is YAML' } : { text }
  } catch {
    return { is: notUtf8(bytes) }
  }
}

/** By its mark, or because every other byte of its Latin letters is 0. */
function utf16Of(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes[2] === 0 && bytes[3] === 0 && bytes.length > 3 ? 'UTF-32' : 'UTF-16'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'UTF-16'
  const head = bytes.subarray(0, 2000)
  if (head.length < 4) return undefined
  let even = 0
  let odd = 0
  for (const [i, byte] of head.entries()) if (byte === 0) i % 2 === 0 ? even++ : odd++
  const most = head.length / 2
  return (even > most * 0.7 && odd === 0) || (odd > most * 0.7 && even === 0) ? 'UTF-16' : undefined
}

const heads: readonly (readonly [kind: string, ...bytes: number[]])[] = [
  ['gzip (.gz)', 0x1f, 0x8b],
  ['a zip archive (or an Office document)', 0x50, 0x4b, 3, 4],
  ['compressed by zstd (.zst)', 0x28, 0xb5, 0x2f, 0xfd],
  ['compressed by xz', 0xfd, 0x37, 0x7a, 0x58, 0x5a],
  ['compressed by bzip2', 0x42, 0x5a, 0x68, 0x39],
  ['a TIFF picture, which may be a slide', 0x49, 0x49, 42, 0],
  ['a TIFF picture, which may be a slide', 0x4d, 0x4d, 0, 42],
  ['a BigTIFF picture, which may be a slide', 0x49, 0x49, 43, 0],
  ['a BigTIFF picture, which may be a slide', 0x4d, 0x4d, 0, 43],
  ['a PNG picture', 0x89, 0x50, 0x4e, 0x47],
  ['a JPEG picture', 0xff, 0xd8, 0xff],
  ['a PDF document', 0x25, 0x50, 0x44, 0x46, 0x2d],
  ['a Parquet table', 0x50, 0x41, 0x52, 0x31],
  ['an HDF5 file', 0x89, 0x48, 0x44, 0x46],
  ['an SQLite database', 0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66],
  ['an old Office document', 0xd0, 0xcf, 0x11, 0xe0],
]

/** What the first bytes say that a file is; undefined for text, and for what is not known. */
export function kindOf(bytes: Uint8Array): string | undefined {
  return heads.find(([, ...head]) => head.every((byte, i) => bytes[i] === byte))?.[0]
}

/** Text of one byte a letter has few bytes that are no ASCII, and no control characters; else it is no text at all. */
function notUtf8(bytes: Uint8Array): string {
  const isText = bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)
  const high = bytes.reduce((sum, byte) => sum + (byte > 127 ? 1 : 0), 0)
  if (!isText || high > bytes.length * 0.3) return 'this file is binary, and a pipeline is a text file (YAML)'
  let line = 1
  let at = firstNotUtf8(bytes)
  // A letter that begins as one of UTF-8 does is found wrong one byte later.
  while (at > 0 && bytes[at]! < 128) at--
  for (let i = 0; i < at; i++) if (bytes[i] === 10) line++
  const byte = bytes[at]!
  const means = new TextDecoder('windows-1252').decode(bytes.subarray(at, at + 1))
  return `this file is not UTF-8: line ${line} has the byte 0x${byte.toString(16)} ('${means}' in Latin-1, which older editors write): save it as UTF-8`
}

/** The offset up to which the bytes are UTF-8: halved until it is found. */
function firstNotUtf8(bytes: Uint8Array): number {
  let fine = 0
  let wrong = bytes.length
  while (fine + 1 < wrong) {
    const middle = (fine + wrong) >> 1
    if (isStart(bytes.subarray(0, middle))) fine = middle
    else wrong = middle
  }
  return wrong - 1
}

/** `stream` lets a letter at the end be cut. */
function isStart(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
