/** Pure arithmetic on one RGB picture. */

export interface Measures {
  readonly brightness: number
  readonly saturation: number
  readonly sharpness: number
}

/** `pixels` is height × width × 3 bytes. A picture without inner pixels has sharpness 0. */
export function measurePicture(pixels: Uint8Array, width: number, height: number): Measures {
  const area = width * height
  const grey = new Float32Array(area)
  let brightness = 0
  let saturation = 0
  for (let i = 0; i < area; i++) {
    const r = pixels[i * 3]!
    const g = pixels[i * 3 + 1]!
    const b = pixels[i * 3 + 2]!
    const value = 0.299 * r + 0.587 * g + 0.114 * b
    const most = Math.max(r, g, b)
    grey[i] = value
    brightness += value
    saturation += most === 0 ? 0 : (most - Math.min(r, g, b)) / most
  }
  return { brightness: brightness / area, saturation: saturation / area, sharpness: laplacianVariance(grey, width, height) }
}

/** Variance of up + down + left + right − 4 × centre over the pixels that have all four neighbours. */
function laplacianVariance(grey: Float32Array, width: number, height: number): number {
  const count = (width - 2) * (height - 2)
  if (width < 3 || height < 3) return 0
  let sum = 0
  let squares = 0
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const edge = grey[i - width]! + grey[i + width]! + grey[i - 1]! + grey[i + 1]! - 4 * grey[i]!
      sum += edge
      squares += edge * edge
    }
  }
  return Math.max(0, squares / count - (sum / count) ** 2)
}
