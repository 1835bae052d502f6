/**
 * Writes a NumPy file row by row.
 *
 *     0  \x93NUMPY   6  version 1.0   8  header length (2)   10  {'descr': …, 'shape': …} padded to a multiple of 64, \n
 */

import { bytesOf } from '../../core/bytes-of.js'
import type { OutputFile } from '../common/file.js'
import { openedWith, type PictureOut } from './picture-out.js'

/** Rows gathered before they are written. */
const gather = 1024 ** 2

export async function npyOut(file: OutputFile, shape: readonly number[], type: '|u1' | '<f4'): Promise<PictureOut> {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10
  const head = Buffer.from(`\x93NUMPY\x01\x00\0\0${text.padEnd(length - 1)}\n`, 'latin1')
  head.writeUInt16LE(length, 8)
  await openedWith(file, head)
  return {
    write: async (rows, repeat = 1) => {
      const bytes = bytesOf(rows)
      const together = Math.max(1, Math.min(repeat, Math.floor(gather / bytes.length)))
      const many = repeat === 1 ? bytes : Buffer.concat(Array<Uint8Array>(together).fill(bytes))
      for (let left = repeat; left > 0; left -= together) await file.write(many.subarray(0, Math.min(left, together) * bytes.length))
    },
    finish: () => file.finish(),
    close: () => file.close(),
  }
}
