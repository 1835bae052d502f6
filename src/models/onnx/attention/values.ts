/** Numbers that a graph works out from sizes: shapes that are taken apart and put together, and the scale that exporters make of the size of a head. */

import { elementTypes } from '../element-types.js'
import type { NodeProto } from '../schema.js'
import { attribute, intOf } from '../view.js'
import { type Known, mostValues, ofTensor } from './known-value.js'
import { isNumber, isSame, numeric, over, type Size, times } from './size.js'

const isWhole = (type: number | undefined): boolean => type === elementTypes.int64 || type === elementTypes.int32

/** The numbers of a node's first output, one after another; null where they are not known. */
export function valuesOf(node: NodeProto, given: readonly (Known | undefined)[]): readonly Size[] | null {
  const [x, y, z] = given
  const values = x?.values
  switch (node.opType) {
    case 'Shape': {
      if (!x) return null
      const end = attribute(node, 'end')
      return x.dims.slice(intOf(node, 'start', 0), end ? intOf(node, 'end', 0) : undefined)
    }
    case 'ConstantOfShape': {
      const count = values?.every(isNumber) ? values.reduce((all, { n }) => all * n, 1) : mostValues + 1
      const held = attribute(node, 'value')?.t
      const value = held ? ofTensor(held).values?.[0] : numeric(0)
      return value && count <= mostValues ? Array.from({ length: count }, () => value) : null
    }
    case 'Identity':
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Reshape':
      return values ?? null
    case 'Cast':
      return castTo(values, intOf(node, 'to', 0))
    case 'Sqrt':
      return each(values, (n) => Math.sqrt(n))
    case 'Reciprocal':
      return each(values, (n) => 1 / n)
    case 'Neg':
      return each(values, (n) => -n)
    case 'Mul':
      return pairs(x, y, times)
    case 'Div':
      return pairs(x, y, (a, b) => {
        if (!isWhole(x?.type)) return isNumber(a) && isNumber(b) ? numeric(a.n / b.n) : null
        return isNumber(a) && isNumber(b) ? (b.n === 0 ? null : numeric(Math.trunc(a.n / b.n))) : over(a, b)
      })
    case 'Add':
      return pairs(x, y, (a, b) => (a.of === b.of ? { n: a.n + b.n, of: a.of } : null))
    case 'Sub':
      return pairs(x, y, (a, b) => (isNumber(a) && isNumber(b) ? numeric(a.n - b.n) : null))
    case 'Pow':
      return pairs(x, y, (a, b) => (isNumber(a) && isNumber(b) ? numeric(a.n ** b.n) : null))
    case 'Mod':
      // Of what is no size the two kinds of rest differ.
      return pairs(x, y, (a, b) => (isNumber(a) && isNumber(b) && a.n >= 0 && b.n > 0 ? numeric(a.n % b.n) : null))
    case 'Equal':
      return pairs(x, y, isEqual)
    case 'Where': {
      if (!values?.every(isNumber) || !y?.values || !z?.values) return null
      const size = Math.max(values.length, y.values.length, z.values.length)
      const at = (all: readonly Size[], i: number) => (all.length === 1 ? all[0]! : all[i])
      const chosen = Array.from({ length: size }, (_, i) => at(at(values, i)?.n ? y.values! : z.values!, i))
      return chosen.every((one) => one !== undefined) && at(values, size - 1) ? (chosen as readonly Size[]) : null
    }
    case 'Concat':
      return x?.dims.length === 1 && given.every((one) => one?.values) ? given.flatMap((one) => one!.values!) : null
    case 'Gather': {
      const at = y?.values
      if (!values || x?.dims.length !== 1 || !at?.every(isNumber)) return null
      const picked = at.map(({ n }) => values[n < 0 ? n + values.length : n])
      return picked.every((one) => one !== undefined) ? (picked as readonly Size[]) : null
    }
    case 'Slice': {
      const [from, to, by] = [y?.values, z?.values, given[4]]
      if (!values || x?.dims.length !== 1 || from?.length !== 1 || to?.length !== 1 || !isNumber(from[0]!) || !isNumber(to[0]!)) return null
      if (node.input[4] && !(by?.values?.length === 1 && isSame(by.values[0]!, numeric(1)))) return null
      return values.slice(from[0]!.n, to[0]!.n)
    }
    default:
      return null
  }
}

const each = (values: readonly Size[] | undefined, of: (n: number) => number): readonly Size[] | null =>
  values?.every(isNumber) ? values.map(({ n }) => numeric(of(n))) : null

function castTo(values: readonly Size[] | undefined, type: number): readonly Size[] | null {
  if (!values) return null
  if (type === elementTypes.float32 || type === elementTypes.float16) return values
  return isWhole(type) ? values.map((value) => (isNumber(value) ? numeric(Math.trunc(value.n)) : value)) : null
}

/** Of two lists of one length, or of a list and one number. */
function pairs(a: Known | undefined, b: Known | undefined, of: (a: Size, b: Size) => Size | null): readonly Size[] | null {
  const [some, others] = [a?.values, b?.values]
  if (!some || !others || (some.length !== others.length && some.length !== 1 && others.length !== 1)) return null
  // Of higher ranks they would meet otherwise than one by one.
  if (a!.dims.length > 1 || b!.dims.length > 1) return some.length === 1 && others.length === 1 ? lone(of(some[0]!, others[0]!)) : null
  const made = Array.from({ length: Math.max(some.length, others.length) }, (_, i) =>
    of(some.length === 1 ? some[0]! : some[i]!, others.length === 1 ? others[0]! : others[i]!),
  )
  return made.every((one) => one !== null) ? (made as readonly Size[]) : null
}

const lone = (value: Size | null): readonly Size[] | null => (value ? [value] : null)

/** An open size is no negative number. */
function isEqual(a: Size, b: Size): Size | null {
  if (isSame(a, b)) return numeric(1)
  if (isNumber(a) && isNumber(b)) return numeric(0)
  const fixed = isNumber(a) ? a : isNumber(b) ? b : null
  return fixed && fixed.n < 0 ? numeric(0) : null
}
