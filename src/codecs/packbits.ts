/** So many bytes are copied faster one by one. */
const FEW = 16

/** PackBits: a signed byte n, then n + 1 literal bytes (n ≥ 0), or one byte to be written 1 − n times (n < 0); −128 is nothing. */
export function unpackPackBits(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  let at = 0
  for (let i = 0; i < bytes.length && at < size; ) {
    const n = bytes[i++]!
    if (n < 128) {
      const count = Math.min(n + 1, size - at, bytes.length - i)
      if (count > FEW) out.set(bytes.subarray(i, i + count), at)
      else for (let k = 0; k < count; k++) out[at + k] = bytes[i + k]!
      i += n + 1
      at += count
    } else if (n > 128) {
      if (i >= bytes.length) break
      const count = Math.min(257 - n, size - at)
      out.fill(bytes[i++]!, at, at + count)
      at += count
    }
  }
  return at === size ? out : out.subarray(0, at)
}
