/** Numbers as they lie in a file, and which of them are "set": not zero, and not NaN. Nothing is converted, so nothing is rounded away. */

export interface SampleKind {
  readonly bytes: number
  readonly float: boolean
  readonly littleEndian: boolean
}

/** Which channels of a pixel say something: any of the values, unless the alpha is 0. */
export interface Channels {
  readonly count: number
  /** The first this many are values. */
  readonly values: number
  /** Place of the alpha channel. */
  readonly alpha?: number | undefined
}

/** Writes 1 for each sample that is set, else 0. Whole numbers of any size and sign are zero when all their bytes are. */
export function setSamples(data: Uint8Array, count: number, { bytes, float, littleEndian }: SampleKind, out: Uint8Array): void {
  if (!float) {
    for (let i = 0, at = 0; i < count; i++) {
      let any = data[at++]!
      for (let b = 1; b < bytes; b++) any |= data[at++]!
      out[i] = any === 0 ? 0 : 1
    }
    return
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  // Without its sign a float is zero when it is 0, and NaN when it is more than infinity.
  for (let i = 0, at = 0; i < count; i++, at += bytes) {
    if (bytes === 2) out[i] = within(view.getUint16(at, littleEndian) & 0x7fff, 0x7c00)
    else if (bytes === 4) out[i] = within(view.getUint32(at, littleEndian) & 0x7fff_ffff, 0x7f80_0000)
    else {
      const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian) & 0x7fff_ffff
      const low = view.getUint32(littleEndian ? at : at + 4, littleEndian)
      out[i] = within(high * 2 ** 32 + low, 0x7ff0_0000 * 2 ** 32)
    }
  }
}

/** The bytes of the sample that a text names; none where it names no number, or one that such samples cannot have. NaN is set nowhere. */
export function sampleOf(text: string | undefined, { bytes, float, littleEndian }: SampleKind, signed: boolean): Uint8Array | undefined {
  const value = Number(text?.trim() || Number.NaN)
  if (Number.isNaN(value)) return undefined
  const out = new DataView(new ArrayBuffer(bytes))
  if (float) {
    if (bytes === 4) out.setFloat32(0, value, littleEndian)
    else if (bytes === 8) out.setFloat64(0, value, littleEndian)
    else return undefined
    return new Uint8Array(out.buffer)
  }
  const most = 2 ** (bytes * 8 - (signed ? 1 : 0))
  if (!Number.isInteger(value) || value >= most || value < (signed ? -most : 0)) return undefined
  let rest = BigInt.asUintN(bytes * 8, BigInt(value))
  for (let b = 0; b < bytes; b++, rest >>= 8n) out.setUint8(littleEndian ? b : bytes - 1 - b, Number(rest & 255n))
  return new Uint8Array(out.buffer)
}

/** Writes 1 for each sample that has the bytes of one of these, else 0. */
export function chosenSamples(data: Uint8Array, count: number, bytes: number, chosen: readonly Uint8Array[], out: Uint8Array): void {
  for (let i = 0, at = 0; i < count; i++, at += bytes) {
    let is = 0
    for (const sample of chosen) {
      let b = 0
      while (b < bytes && data[at + b] === sample[b]) b++
      if (b === bytes) is = 1
    }
    out[i] = is
  }
}

/** Writes 0 for each sample that has these bytes. */
export function unsetSamples(data: Uint8Array, count: number, sample: Uint8Array, out: Uint8Array): void {
  const { length } = sample
  for (let i = 0, at = 0; i < count; i++, at += length) {
    let b = 0
    while (b < length && data[at + b] === sample[b]) b++
    if (b === length) out[i] = 0
  }
}

const within = (magnitude: number, infinity: number): number => (magnitude > 0 && magnitude <= infinity ? 1 : 0)

/** One number a pixel out of those of its channels, side by side in `set`. May write over them. */
export function setPixels(set: Uint8Array, pixels: number, { count, values, alpha }: Channels, out: Uint8Array): void {
  if (count === 1) {
    if (out !== set) out.set(set.subarray(0, pixels))
    return
  }
  for (let i = 0, at = 0; i < pixels; i++, at += count) {
    let any = 0
    for (let c = 0; c < values; c++) any |= set[at + c]!
    out[i] = alpha === undefined ? any : any & set[at + alpha]!
  }
}

/** Small numbers of 1, 2 or 4 bits, the first highest, each row beginning with a new byte: one byte each. */
export function unpackBits(data: Uint8Array, bits: number, perRow: number, rows: number, out: Uint8Array): void {
  const stride = Math.ceil((perRow * bits) / 8)
  const mask = (1 << bits) - 1
  for (let y = 0, o = 0; y < rows; y++) {
    for (let x = 0; x < perRow; x++) {
      const bit = x * bits
      out[o++] = (data[y * stride + (bit >> 3)]! >> (8 - bits - (bit & 7))) & mask
    }
  }
}
