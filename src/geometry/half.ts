/** Half-precision floats (IEEE 754 binary16): models take and give their bits, and a vector may be kept in them. Node 20 has no array of them. */

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** The bits of the nearest half, ties to even. */
export function toHalf(value: number): number {
  float[0] = value
  const all = bits[0]!
  const sign = (all >>> 16) & 0x8000
  const size = all & 0x7fffffff
  if (size > 0x7f800000) return sign | 0x7e00
  // 65520 and more round to infinity.
  if (size >= 0x477ff000) return sign | 0x7c00
  if (size < 0x38800000) {
    // Below 2^-14 halves are multiples of 2^-24: rounding to them is rounding an integer, ties to even.
    const scaled = Math.abs(float[0]!) * 2 ** 24
    const low = Math.floor(scaled)
    const rest = scaled - low
    return sign | (rest > 0.5 || (rest === 0.5 && (low & 1) === 1) ? low + 1 : low)
  }
  // 13 bits of fraction go; adding just under half of them, plus the last bit kept, rounds ties to even.
  const rounded = size + 0x0fff + ((size >>> 13) & 1)
  return sign | ((rounded - 0x38000000) >>> 13)
}

export function fromHalf(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

let widened: Float32Array | undefined

/** The numbers that these bits stand for. */
export function fromHalves(halves: Uint16Array): Float32Array {
  widened ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => fromHalf(half))
  const numbers = new Float32Array(halves.length)
  for (let i = 0; i < halves.length; i++) numbers[i] = widened[halves[i]!]!
  return numbers
}
