/** What a codec is: bytes in, bytes or pixels out. Each codec is one file here, loaded when a slide first needs it. */

/** Unpacks at most `size` bytes; fewer only when the data ends early. Throws on damaged data. */
export type Unpack = (bytes: Uint8Array, size: number) => Uint8Array | Promise<Uint8Array>

/** What data for `size` bytes may unpack to: some writers pack a row more; what holds far more is no tile of that size. */
export const withSurplus = (size: number): number => 2 * size + 65_536

/** Pixels as a decoder gives them: interleaved bytes, rows without padding. The data is valid until the next decode. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly data: Uint8Array
  /** The data lies in the caller's own memory, and stays. */
  readonly stays?: boolean
}

/** A picture may be decoded in so many times fewer pixels a side, rounded up. */
export type Shrink = 1 | 2 | 4 | 8

/** A side of a picture that is shrunk so. */
export const shrunk = (side: number, shrink: Shrink): number => Math.ceil(side / shrink)

/** What a decoder may make of a picture, known before it is decoded. */
export interface PictureBounds {
  readonly maxWidth: number
  readonly maxHeight: number
  /** Of JPEG-LS, where it is no picture in colour. */
  readonly components?: 1
}

/** Damaged data, or data this codec cannot read. The reader adds which tile of which slide it was. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
}

/** Sound data of a kind this codec cannot read: no tile of such a slide will do better. */
export class UnsupportedData extends CodecError {}

/** Throws when a picture is larger than its tile: a forged header must not make a decoder allocate. */
export function checkBounds(what: string, width: number, height: number, { maxWidth, maxHeight }: PictureBounds): void {
  if (width < 1 || height < 1 || width > maxWidth || height > maxHeight) {
    throw new CodecError(`the ${what} says ${width} x ${height} pixels, its place has ${maxWidth} x ${maxHeight}`)
  }
}
