/** OpenSlide's pixels as ours. Pure. */

/** Native-endian ARGB, its colours times alpha already, laid on white: RGB bytes. Alpha is 0 where no tile lies, and in between at edges of tiles that it moved. */
export function argbOnWhite(argb: Uint32Array, rgb: Uint8Array, count: number): void {
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    const pixel = argb[i]!
    const white = 255 - (pixel >>> 24)
    if (white === 0) {
      // Bytes keep the lowest 8 bits.
      rgb[at] = pixel >>> 16
      rgb[at + 1] = pixel >>> 8
      rgb[at + 2] = pixel
      continue
    }
    // Times alpha, no colour is above it: damaged data alone goes beyond white.
    rgb[at] = Math.min(255, ((pixel >>> 16) & 255) + white)
    rgb[at + 1] = Math.min(255, ((pixel >>> 8) & 255) + white)
    rgb[at + 2] = Math.min(255, (pixel & 255) + white)
  }
}
