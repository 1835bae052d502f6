/** Changes to bytes that find mistakes in parsers: numbers at their edges, pieces doubled, dropped, swapped between inputs, words of the format. */

export type Random = () => number

/** A generator of numbers from 0 to below 1 that a seed determines (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** No input grows beyond this: large files are slow and find no more. */
const longest = 1 << 18

const edges = [0, 1, 2, 3, 4, 7, 8, 16, 255, 256, 257, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

export function mutate(seeds: readonly Buffer[], base: Buffer, words: readonly string[], random: Random): Buffer {
  const below = (n: number) => Math.floor(random() * n)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  let bytes = Buffer.from(base)
  for (let changes = 1 + below(4); changes > 0; changes--) {
    // Headers matter most: half of all changes are near the start or the end.
    const place = random()
    const span = Math.min(bytes.length, 1024)
    const at = place < 0.35 ? below(span + 1) : place < 0.5 ? bytes.length - below(span + 1) : below(bytes.length + 1)
    switch (below(10)) {
      case 0:
        if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << below(8))
        break
      case 1:
        if (at < bytes.length) bytes[at] = below(256)
        break
      case 2:
      case 3:
      case 4:
        writeNumber(bytes, at, pick(edges), pick([1, 2, 4, 8]), random() < 0.6)
        break
      case 5: {
        // A number a little off: lengths and offsets.
        if (at + 4 > bytes.length) break
        const value = bytes.readUInt32LE(at) + below(17) - 8
        bytes.writeUInt32LE(value >>> 0, at)
        break
      }
      case 6:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(64))])
        break
      case 7: {
        const from = below(bytes.length + 1)
        const piece = bytes.subarray(from, from + 1 + below(256))
        bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
        break
      }
      case 8: {
        const other = pick(seeds)
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(below(other.length + 1))])
        break
      }
      default:
        if (words.length === 0) bytes = bytes.subarray(0, at)
        else bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(words)), bytes.subarray(random() < 0.5 ? at : at + 8)])
    }
    if (bytes.length > longest) bytes = bytes.subarray(0, longest)
  }
  return bytes
}

function writeNumber(bytes: Buffer, at: number, value: number, width: number, little: boolean): void {
  if (at + width > bytes.length) return
  for (let i = 0; i < width; i++) {
    const byte = i < 4 ? (value >>> (8 * i)) & 255 : value > 0x7fffffff ? 255 : 0
    bytes[little ? at + i : at + width - 1 - i] = byte
  }
}
