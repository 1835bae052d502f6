/**
 * The header of a NumPy file.
 *
 *     0  \x93NUMPY   6  version (major, minor)   8  header length (2 bytes, from version 2 on 4)   then the header,
 *     a Python dictionary: {'descr': '|b1', 'fortran_order': False, 'shape': (rows, columns), }, then the values
 */

import type { SampleKind } from './samples.js'

export const npyMagic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const
/** More than any header of an array of numbers; the values follow. */
export const npyHeadBytes = 2 ** 16 + 12

export interface NpyHeader {
  readonly shape: readonly number[]
  /** The first index runs fastest (Fortran's order), not the last. */
  readonly columnsFirst: boolean
  readonly kind: SampleKind
  /** As NumPy writes it: `<f4`. */
  readonly descr: string
  /** Where the values begin. */
  readonly at: number
}

/** Throws RangeError with what is wrong. `size` is that of the file, whose first bytes are given: it must hold all values. */
export function npyHeader(bytes: Uint8Array, size: number): NpyHeader {
  if (bytes.length < 12 || npyMagic.some((m, i) => bytes[i] !== m)) throw new RangeError('does not begin as a NumPy file')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const wide = bytes[6]! >= 2
  const at = wide ? 12 + view.getUint32(8, true) : 10 + view.getUint16(8, true)
  if (at > bytes.length) throw new RangeError('the header is cut off')
  const text = new TextDecoder('latin1').decode(bytes.subarray(wide ? 12 : 10, at))
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1] ?? ''
  const [, order = '', type = '', digits = ''] = /^([<>|=]?)([biuf])(1|2|4|8)$/.exec(descr) ?? []
  if (type === '' || (type === 'b' && digits !== '1') || (type === 'f' && digits === '1'))
    throw new RangeError(`values of type '${descr}' are not read`)
  const shape = (/'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1] ?? '')
    .split(',')
    .filter((s) => s.trim() !== '')
    .map(Number)
  const kind = { bytes: Number(digits), float: type === 'f', littleEndian: order !== '>' }
  const count = shape.reduce((product, length) => product * length, 1)
  if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`an array of ${shape.join(' x ') || 'no axes'} holds no picture`)
  if (size - at < count * kind.bytes)
    throw new RangeError(`${size - at} bytes are too few for ${shape.join(' x ')} values of ${kind.bytes}`)
  return { shape, columnsFirst: /'fortran_order':\s*True/.test(text), kind, descr, at }
}
