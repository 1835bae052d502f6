/**
 * Reads a mask from a NumPy file.
 *
 *     0  \x93NUMPY   6  version (major, minor)   8  header length (2 bytes, from version 2 on 4)   then the header,
 *     a Python dictionary: {'descr': '|b1', 'fortran_order': False, 'shape': (rows, columns), }, then the values
 */

import type { Bitmap } from './coverage.js'

type Get = (view: DataView, at: number) => number

const types: Readonly<Record<string, readonly [bytes: number, get: Get]>> = {
  b1: [1, (v, i) => v.getUint8(i)],
  u1: [1, (v, i) => v.getUint8(i)],
  i1: [1, (v, i) => v.getInt8(i)],
  '<u2': [2, (v, i) => v.getUint16(i, true)],
  '<i2': [2, (v, i) => v.getInt16(i, true)],
  '<u4': [4, (v, i) => v.getUint32(i, true)],
  '<i4': [4, (v, i) => v.getInt32(i, true)],
  '<f4': [4, (v, i) => v.getFloat32(i, true)],
  '<f8': [8, (v, i) => v.getFloat64(i, true)],
  '<u8': [8, (v, i) => v.getUint32(i, true) + v.getUint32(i + 4, true)],
  '<i8': [8, (v, i) => v.getUint32(i, true) + v.getUint32(i + 4, true)],
}

/** Ones where the array is not zero (in any channel, when it has three axes). Throws RangeError with what is wrong. */
export function bitmapFromNpy(bytes: Uint8Array): Bitmap {
  const { shape, columnsFirst, size, get, at } = headerOf(bytes)
  const [height, width, channels = 1] = shape as [number, number, number?]
  const count = height * width * channels
  // Nothing is allocated before the file has proven that it holds as much.
  if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`an array of ${shape.join(' x ')} is no mask`)
  if (bytes.length - at < count * size)
    throw new RangeError(`${bytes.length - at} bytes are too few for ${shape.join(' x ')} values of ${size}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset + at)
  const data = new Uint8Array(height * width)
  for (let i = 0; i < count; i++) {
    if (get(view, i * size) === 0) continue
    data[columnsFirst ? (i % height) * width + (Math.floor(i / height) % width) : Math.floor(i / channels)] = 1
  }
  return { width, height, data }
}

function headerOf(bytes: Uint8Array) {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  if (bytes.length < 12 || magic.some((m, i) => bytes[i] !== m)) throw new RangeError('does not begin as a NumPy file')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const wide = bytes[6]! >= 2
  const at = wide ? 12 + view.getUint32(8, true) : 10 + view.getUint16(8, true)
  if (at > bytes.length) throw new RangeError('the header is cut off')
  const text = new TextDecoder('latin1').decode(bytes.subarray(wide ? 12 : 10, at))
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1] ?? ''
  const type = types[descr] ?? types[descr.replace(/^[|<=]/, '')]
  if (!type) throw new RangeError(`values of type '${descr}' are not read`)
  const shape = (/'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1] ?? '')
    .split(',')
    .filter((s) => s.trim() !== '')
    .map(Number)
  if (shape.length < 2 || shape.length > 3)
    throw new RangeError(`an array of ${shape.length} axes is no mask: it has two, or three with channels`)
  return { shape, columnsFirst: /'fortran_order':\s*True/.test(text), size: type[0], get: type[1], at }
}
