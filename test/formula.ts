/** Numbers both sides know: a hash of (name, index), the same as test/golden/formula.py, so that goldens need no weights or pictures. */

function fnv1a(name: string): number {
  let h = 2166136261
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 16777619) >>> 0
  return h
}

/** murmur3's finaliser over seed + index · golden ratio, as uint32. */
function hash(seed: number, index: number): number {
  let h = (seed + Math.imul(index, 2654435769)) >>> 0
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  h ^= h >>> 16
  return h >>> 0
}

/** float32 in [low, high): 24 bits of the hash, computed in float64 and rounded once. */
export function floats(name: string, count: number, low: number, high: number): Float32Array {
  const seed = fnv1a(name)
  const out = new Float32Array(count)
  for (let i = 0; i < count; i++) out[i] = low + ((hash(seed, i) >>> 8) / 2 ** 24) * (high - low)
  return out
}

type Color = readonly [number, number, number]

/** height × width × 3 bytes: blocks of 8 × 8 in one colour, between low and high, with grain of ± 8. */
export function picture(name: string, height: number, width: number, low: Color = [0, 0, 0], high: Color = [255, 255, 255]): Uint8Array {
  const base = fnv1a(name)
  const grain = fnv1a(`${name}/grain`)
  const columns = Math.ceil(width / 8)
  const out = new Uint8Array(height * width * 3)
  for (let i = 0; i < out.length; i++) {
    const channel = i % 3
    const x = Math.floor(i / 3) % width
    const y = Math.floor(i / 3 / width)
    const block = (Math.floor(y / 8) * columns + Math.floor(x / 8)) * 3 + channel
    const color = low[channel]! + ((hash(base, block) >>> 8) % (high[channel]! - low[channel]! + 1))
    out[i] = Math.min(255, Math.max(0, color + ((hash(grain, i) >>> 8) % 17) - 8))
  }
  return out
}
