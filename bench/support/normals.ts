/** Normal numbers of a fixed seed, quickly: 300 million for a large network take a second, since a million are made and used again from other places. */

const made = 2 ** 20
let table: Float32Array | undefined

function madeOnce(): Float32Array {
  let state = 20261128
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return ((state >>> 8) + 0.5) / 2 ** 24
  }
  const out = new Float32Array(made)
  for (let i = 0; i < made; i++) out[i] = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())
  return out
}

export function normals(count: number, scale: number, seed: number): Float32Array {
  table ??= madeOnce()
  const out = new Float32Array(count)
  // Steps of an odd length come to every place.
  let at = Math.imul(seed + 1, 2654435761) >>> 12
  const step = 1 + 2 * (seed % 9973)
  for (let i = 0; i < count; i++) {
    out[i] = table[at]! * scale
    at = (at + step) & (made - 1)
  }
  return out
}
