/** From what a decoder gives to RGB bytes. Every function writes `count` pixels into `out`, 3 bytes each. */

/** Grey to RGB; `inverted` when 0 is white. */
export function greyToRgb(grey: Uint8Array, out: Uint8Array, count: number, inverted = false): void {
  const flip = inverted ? 255 : 0
  for (let i = 0, o = 0; i < count; i++, o += 3) {
    const v = grey[i]! ^ flip
    out[o] = v
    out[o + 1] = v
    out[o + 2] = v
  }
}

/** RGBA onto white: what viewers show. `premultiplied` when the colours already are (TIFF's associated alpha). */
export function rgbaToRgb(rgba: Uint8Array, out: Uint8Array, count: number, premultiplied = false): void {
  for (let i = 0, s = 0, o = 0; i < count; i++, s += 4, o += 3) {
    const a = rgba[s + 3]!
    const rest = 255 - a
    for (let c = 0; c < 3; c++) {
      const v = rgba[s + c]!
      const value = premultiplied ? v + rest : (v * a + 255 * rest + 127) / 255
      out[o + c] = Math.min(value, 255)
    }
  }
}

/** RGBA without its alpha: the stored colours, or what they were before they were multiplied by it. */
export function rgbaToOpaque(rgba: Uint8Array, out: Uint8Array, count: number, premultiplied = false): void {
  for (let i = 0, s = 0, o = 0; i < count; i++, s += 4, o += 3) {
    const a = rgba[s + 3]!
    // In 32 bits and cut off, as libvips does it.
    const factor = premultiplied ? Math.fround(a === 0 ? 0 : 255 / a) : 1
    for (let c = 0; c < 3; c++) out[o + c] = Math.min(255, Math.floor(Math.fround(rgba[s + c]! * factor)))
  }
}

/**
 * YCbCr (full range, BT.601, as in JPEG) to RGB, by the tables of libjpeg: 16 bits of fraction, and the two parts of green added before
 * they are rounded.
 */
export function ycbcrToRgb(ycc: Uint8Array, out: Uint8Array, count: number): void {
  const clamped = new Uint8ClampedArray(out.buffer, out.byteOffset, count * 3)
  for (let i = 0, s = 0; i < count; i++, s += 3) {
    const y = ycc[s]!
    const cb = ycc[s + 1]! - 128
    const cr = ycc[s + 2]! - 128
    clamped[s] = y + ((91_881 * cr + HALF) >> 16)
    clamped[s + 1] = y + ((HALF - 22_554 * cb - 46_802 * cr) >> 16)
    clamped[s + 2] = y + ((116_130 * cb + HALF) >> 16)
  }
}

/** 0.5 in 16 bits of fraction; 1.40200, 0.34414, 0.71414 and 1.77200 are the other numbers. */
const HALF = 1 << 15

/** CMYK (255 is full ink) to RGB without a profile, rounded as OpenCV does it: what black leaves, less the ink of each colour on it. */
export function cmykToRgb(cmyk: Uint8Array, out: Uint8Array, count: number): void {
  for (let i = 0, s = 0, o = 0; i < count; i++, s += 4, o += 3) {
    const light = 255 - cmyk[s + 3]!
    for (let c = 0; c < 3; c++) out[o + c] = light - ((cmyk[s + c]! * light) >> 8)
  }
}

/** One plane for each channel to interleaved pixels. */
export function interleave(planes: readonly Uint8Array[], out: Uint8Array, count: number): void {
  const channels = planes.length
  for (const [c, plane] of planes.entries()) for (let i = 0, o = c; i < count; i++, o += channels) out[o] = plane[i]!
}

/** Undoes TIFF's predictor 2 in place: every sample was stored as its difference from the pixel to the left. */
export function undoDifferences(bytes: Uint8Array, width: number, rows: number, channels: number): void {
  const stride = width * channels
  for (let y = 0; y < rows; y++) {
    const end = (y + 1) * stride
    for (let i = y * stride + channels; i < end; i++) bytes[i] = bytes[i]! + bytes[i - channels]!
  }
}

/** Blue, green, red becomes red, green, blue, in place. */
export function swapEnds(pixels: Uint8Array): void {
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const first = pixels[i]!
    pixels[i] = pixels[i + 2]!
    pixels[i + 2] = first
  }
}
