/** Grey values and Otsu's threshold, as TIAToolbox (OpenCV and scikit-image) compute them. Tissue is darker than the threshold. */

/** OpenCV's integer RGB to grey. */
export function greyOf(rgb: Uint8Array, grey = new Uint8Array(rgb.length / 3)): Uint8Array {
  for (let i = 0, s = 0; i < grey.length; i++, s += 3) {
    grey[i] = (9798 * rgb[s]! + 19235 * rgb[s + 1]! + 3735 * rgb[s + 2]! + 16384) >> 15
  }
  return grey
}

/** Grey values looked at in one go. */
const piece = 2 ** 21

/** How often each of 256 grey values is there; yields how many were counted. */
export function* histogramOf(grey: Uint8Array): Generator<number, Float64Array> {
  const counts = new Float64Array(256)
  for (let from = 0; from < grey.length; from += piece) {
    const some = grey.subarray(from, from + piece)
    for (const v of some) counts[v]!++
    yield some.length
  }
  return counts
}

/** Ones where the grey value is below the threshold; the threshold itself is background. Written over the grey values; yields how many were. */
export function* darkerThan(grey: Uint8Array, threshold: number): Generator<number, Uint8Array> {
  for (let from = 0; from < grey.length; from += piece) {
    const some = grey.subarray(from, from + piece)
    for (let i = 0; i < some.length; i++) some[i] = some[i]! < threshold ? 1 : 0
    yield some.length
  }
  return grey
}

/** The threshold of a histogram of 256 grey values; a picture of one value has that value. The first of equal maxima. */
export function otsuThreshold(counts: Float64Array): number {
  const lowest = counts.findIndex((n) => n > 0)
  const highest = counts.findLastIndex((n) => n > 0)
  let total = 0
  for (let v = lowest; v <= highest; v++) total += counts[v]! * v
  // Weights in single precision, as scikit-image keeps them: it decides between neighbours that are nearly equal.
  const above = new Float32Array(257)
  for (let v = highest; v >= lowest; v--) above[v] = above[v + 1]! + counts[v]!
  let below = 0
  let sum = 0
  let best = -1
  let threshold = lowest
  for (let v = lowest; v < highest; v++) {
    below = Math.fround(below + counts[v]!)
    sum += counts[v]! * v
    const apart = sum / below - (total - sum) / above[v + 1]!
    const variance = Math.fround(below * above[v + 1]!) * apart * apart
    if (variance > best) {
      best = variance
      threshold = v
    }
  }
  return threshold
}
