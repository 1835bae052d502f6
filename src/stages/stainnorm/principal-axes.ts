/** Directions in which points in space vary, from their covariance. */

type Triple = readonly [number, number, number]

/** The two directions in which they vary most, each with its first number not below 0; null where they vary in one alone. By Jacobi's rotations. */
export function principalAxes([rr = 0, rg = 0, rb = 0, gg = 0, gb = 0, bb = 0]: Float64Array): readonly [Triple, Triple] | null {
  const matrix = [
    [rr, rg, rb],
    [rg, gg, gb],
    [rb, gb, bb],
  ]
  const axes = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]
  // Three are a dozen more than such a small matrix needs to be diagonal to the last bit.
  for (let sweep = 0; sweep < 12; sweep++) for (const [a, b] of pairs) rotate(matrix, axes, a, b)
  const order = [0, 1, 2].toSorted((a, b) => matrix[b]![b]! - matrix[a]![a]!)
  const [first = 0, second = 0] = order
  if (!(matrix[second]![second]! > matrix[first]![first]! * 1e-12)) return null
  const along = (of: number): Triple => {
    const sign = axes[0]![of]! < 0 ? -1 : 1
    return [axes[0]![of]! * sign, axes[1]![of]! * sign, axes[2]![of]! * sign]
  }
  return [along(first), along(second)]
}

const pairs = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const

/** Turns rows and columns `a` and `b` until what stands between them is 0. */
function rotate(matrix: number[][], axes: number[][], a: number, b: number): void {
  const between = matrix[a]![b]!
  if (between === 0) return
  const theta = (matrix[b]![b]! - matrix[a]![a]!) / (2 * between)
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  const sine = tangent * cosine
  const turn = (one: number, other: number): readonly [number, number] => [cosine * one - sine * other, sine * one + cosine * other]
  for (let i = 0; i < 3; i++) {
    ;[matrix[i]![a], matrix[i]![b]] = turn(matrix[i]![a]!, matrix[i]![b]!) as [number, number]
  }
  for (let i = 0; i < 3; i++) {
    ;[matrix[a]![i], matrix[b]![i]] = turn(matrix[a]![i]!, matrix[b]![i]!) as [number, number]
    ;[axes[i]![a], axes[i]![b]] = turn(axes[i]![a]!, axes[i]![b]!) as [number, number]
  }
}
