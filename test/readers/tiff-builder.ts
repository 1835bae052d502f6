/** Writes small TIFFs for the reader's tests, byte by byte: either byte order, classic or BigTIFF, any tags, SubIFDs. */

export interface PageSpec {
  /** Tag → whole numbers, or text. */
  readonly tags: Readonly<Record<number, readonly number[] | string>>
  /** Bytes of its tiles (or strips), in order. */
  readonly tiles?: readonly Uint8Array[]
  readonly subs?: readonly PageSpec[]
}

export interface TiffShape {
  readonly big?: boolean
  readonly bigEndian?: boolean
}

const TILE_OFFSETS = 324
const STRIP_OFFSETS = 273

export function buildTiff(pages: readonly PageSpec[], { big = false, bigEndian = false }: TiffShape = {}): Buffer {
  const chunks: Buffer[] = []
  let size = 0
  const put = (bytes: Uint8Array): number => {
    const at = size
    chunks.push(Buffer.from(bytes))
    size += bytes.length
    if (size % 2 === 1) {
      chunks.push(Buffer.alloc(1))
      size++
    }
    return at
  }
  const number = (value: number, bytes: number) => {
    const buffer = Buffer.alloc(bytes)
    const view = new DataView(buffer.buffer, buffer.byteOffset, bytes)
    if (bytes === 2) view.setUint16(0, value, !bigEndian)
    else if (bytes === 4) view.setUint32(0, value, !bigEndian)
    else view.setBigUint64(0, BigInt(value), !bigEndian)
    return buffer
  }
  const word = big ? 8 : 4
  const header = put(
    Buffer.concat([
      Buffer.from(bigEndian ? 'MM' : 'II'),
      number(big ? 43 : 42, 2),
      ...(big ? [number(8, 2), number(0, 2)] : []),
      number(0, word),
    ]),
  )
  const links: { at: number; chunk: Buffer }[] = [{ at: header, chunk: chunks[0]! }]

  const putPage = (page: PageSpec): { offset: number; chunk: Buffer; next: number } => {
    const tags = new Map<number, readonly number[] | string>(Object.entries(page.tags).map(([tag, value]) => [Number(tag), value]))
    if (page.tiles !== undefined) {
      const first = tags.has(322) ? TILE_OFFSETS : STRIP_OFFSETS
      tags.set(
        first,
        page.tiles.map((bytes) => (bytes.length === 0 ? 0 : put(bytes))),
      )
      tags.set(
        first === TILE_OFFSETS ? 325 : 279,
        page.tiles.map((bytes) => bytes.length),
      )
    }
    if (page.subs !== undefined)
      tags.set(
        330,
        page.subs.map((sub) => putPage(sub).offset),
      )
    const entries = [...tags]
      .sort(([a], [b]) => a - b)
      .map(([tag, value]) => {
        const rational = tag === 282 || tag === 283
        const type = typeof value === 'string' ? 2 : rational ? 5 : tag === 347 ? 7 : big && (tag === TILE_OFFSETS || tag === 330) ? 16 : 4
        const raw =
          typeof value === 'string'
            ? Buffer.from(`${value}\0`)
            : Buffer.concat(value.map((v) => (type === 7 ? Buffer.from([v]) : number(v, type === 16 ? 8 : 4))))
        const count = typeof value === 'string' ? raw.length : rational ? value.length / 2 : value.length
        const inline = raw.length <= word ? Buffer.concat([raw, Buffer.alloc(word - raw.length)]) : number(put(raw), word)
        return Buffer.concat([number(tag, 2), number(type, 2), number(count, word), inline])
      })
    const table = Buffer.concat([number(entries.length, big ? 8 : 2), ...entries, number(0, word)])
    const offset = put(table)
    const chunk = chunks.findLast((c) => c.length === table.length)!
    return { offset, chunk, next: table.length - word }
  }

  let previous = { chunk: links[0]!.chunk, next: links[0]!.chunk.length - word }
  for (const page of pages) {
    const { offset, chunk, next } = putPage(page)
    number(offset, word).copy(previous.chunk, previous.next)
    previous = { chunk, next }
  }
  return Buffer.concat(chunks)
}

export interface RgbSpec {
  readonly width: number
  readonly height: number
  readonly tile?: number
  readonly extra?: PageSpec['tags']
}

/** Colour of pixel x, y of the test picture: distinct over a wide area, and the same for every layout. */
export const colourAt = (x: number, y: number): [number, number, number] => [(x * 7 + y) & 255, (y * 5 + (x >> 3)) & 255, (x ^ y) & 255]

/** RGB rows of a part of the test picture; black beyond `width` × `height` when given. */
export function pixels(x0: number, y0: number, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height * 3)
  for (let y = 0, o = 0; y < height; y++) for (let x = 0; x < width; x++, o += 3) out.set(colourAt(x0 + x, y0 + y), o)
  return out
}

/** A page of the test picture in square tiles; `pack` compresses each. */
export function rgbPage({ width, height, tile = 16, extra = {} }: RgbSpec, pack: (bytes: Uint8Array) => Uint8Array = (b) => b): PageSpec {
  const tiles: Uint8Array[] = []
  for (let y = 0; y < height; y += tile) for (let x = 0; x < width; x += tile) tiles.push(pack(pixels(x, y, tile, tile)))
  return {
    tags: { 256: [width], 257: [height], 258: [8, 8, 8], 259: [1], 262: [2], 277: [3], 284: [1], 322: [tile], 323: [tile], ...extra },
    tiles,
  }
}
