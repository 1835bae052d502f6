/** Sizes that a graph leaves open, as products: `197`, `N`, `2·N·T`. Two are equal only where they are written alike. */

/** `of`: names of open sizes, sorted, joined; empty for a number. */
export interface Size {
  readonly n: number
  readonly of: string
}

export const numeric = (n: number): Size => ({ n, of: '' })
export const open = (name: string): Size => ({ n: 1, of: name })

export const isNumber = ({ of }: Size): boolean => of === ''
export const isSame = (a: Size, b: Size): boolean => a.n === b.n && a.of === b.of
export const isOne = (a: Size): boolean => a.of === '' && a.n === 1

const between = '\u00b7'
const namesOf = ({ of }: Size): string[] => (of === '' ? [] : of.split(between))

/** Equal to nothing, not even to itself. */
const unknown: Size = { n: Number.NaN, of: '?' }
/** A graph may multiply a size by itself for ever; none that means anything does so often. */
const mostNames = 16

export function times(a: Size, b: Size): Size {
  const n = a.n * b.n
  const names = [...namesOf(a), ...namesOf(b)]
  return Math.abs(n) <= Number.MAX_SAFE_INTEGER && names.length <= mostNames ? { n, of: names.sort().join(between) } : unknown
}

export const product = (sizes: readonly Size[]): Size => sizes.reduce(times, numeric(1))

/** Null where it does not come out even. */
export function over(a: Size, b: Size): Size | null {
  if (b.n === 0 || !Number.isInteger(a.n / b.n)) return null
  const names = namesOf(a)
  for (const name of namesOf(b)) {
    const at = names.indexOf(name)
    if (at < 0) return null
    names.splice(at, 1)
  }
  return { n: a.n / b.n, of: names.join(between) }
}

/** Sizes of what two shapes make together, as NumPy broadcasts; null where they cannot meet. `fresh` names a size that is not known. */
export function broadcast(a: readonly Size[], b: readonly Size[], fresh: (axis: number) => Size): readonly Size[] | null {
  const rank = Math.max(a.length, b.length)
  const both: Size[] = []
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? numeric(1)
    const y = b[axis - rank + b.length] ?? numeric(1)
    if (isSame(x, y) || isOne(y)) both.push(x)
    else if (isOne(x)) both.push(y)
    else if (isNumber(x) && isNumber(y)) return null
    // An open size that meets a number is that number, or 1.
    else both.push(isNumber(x) ? x : isNumber(y) ? y : fresh(axis))
  }
  return both
}
