/** Percentiles of many numbers, without sorting them. */

/**
 * As NumPy's default has it: between the two nearest ranks, in proportion. `p`: 0 to 100. NaN of no numbers. Two passes over them, three where the
 * two ranks lie far apart, whatever their order.
 */
export function percentile(values: Float32Array, p: number): number {
  if (values.length === 0) return Number.NaN
  const place = ((values.length - 1) * p) / 100
  const low = Math.floor(place)
  const ranks = [low, Math.min(low + 1, values.length - 1)]
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  // First the upper half of their bits is found, then the lower.
  const counts = new Uint32Array(2 ** 16)
  for (let i = 0; i < bits.length; i++) counts[ordered(bits[i]!) >>> 16]!++
  const uppers = ranks.map((rank) => binAt(counts, rank))
  let counted = -1
  const keys = uppers.map(({ bin, left }) => {
    if (bin !== counted) countLower(bits, bin, counts)
    counted = bin
    return unordered(((bin << 16) | binAt(counts, left).bin) >>> 0)
  })
  const [below = 0, above = 0] = new Float32Array(Uint32Array.from(keys).buffer)
  return below + (above - below) * (place - low)
}

/** Of the numbers whose upper bits are those. */
function countLower(bits: Uint32Array, upper: number, counts: Uint32Array): void {
  counts.fill(0)
  for (let i = 0; i < bits.length; i++) {
    const key = ordered(bits[i]!)
    if (key >>> 16 === upper) counts[key & 0xffff]!++
  }
}

function binAt(counts: Uint32Array, rank: number): { readonly bin: number; readonly left: number } {
  let [bin, left] = [0, rank]
  while (left >= counts[bin]!) left -= counts[bin++]!
  return { bin, left }
}

/** Bits of floats in the order of what they mean: negative ones turned round, below the others. */
const ordered = (bits: number) => (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0
const unordered = (key: number) => (key & 0x80000000 ? key & 0x7fffffff : ~key) >>> 0
