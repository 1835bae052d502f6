/**
 * A frame of LZ4, as Arrow's buffers are packed in: blocks that may copy from those before.
 *
 *     magic word (4 bytes), flags, size of a block (1 byte each), size of all (8) and number of a dictionary (4) where the flags say so, 1 byte to check them
 *     blocks: length (4; the highest bit: as it is), bytes, 4 to check them where the flags say so
 *     0 (4 bytes), 4 to check all where the flags say so
 */

import { viewOf } from '../core/bytes-of.js'
import { unpackLz4Block } from './lz4.js'
import { CodecError } from './types.js'

const magic = 0x184d2204
const [checksBlocks, hasSize, hasDictionary] = [0x10, 0x08, 0x01]
const asIs = 0x80000000

/** Throws CodecError where it does not give as many bytes as `output` has. What checks the bytes is left alone, as it is of no kind that Node has. */
export function unpackLz4Frame(input: Uint8Array, output: Uint8Array): Uint8Array {
  const view = viewOf(input)
  const number = (at: number): number => {
    if (at + 4 > input.length) throw new CodecError('the LZ4 frame ends too early')
    return view.getUint32(at, true)
  }
  const flags = number(0) === magic ? number(4) & 255 : 0
  if (flags >> 6 !== 1 || flags & hasDictionary) throw new CodecError('the LZ4 data is no frame that is read')
  let at = 7 + (flags & hasSize ? 8 : 0)
  let to = 0
  for (;;) {
    const said = number(at)
    at += 4
    if (said === 0) break
    const length = said % asIs
    const block = input.subarray(at, at + length)
    if (block.length < length) throw new CodecError('the LZ4 frame ends too early')
    if (said < asIs) to = unpackLz4Block(block, output, to)
    else {
      if (to + length > output.length) throw new CodecError('the LZ4 frame gives more than there is room for')
      output.set(block, to)
      to += length
    }
    at += length + (flags & checksBlocks ? 4 : 0)
  }
  if (to !== output.length) throw new CodecError(`the LZ4 frame gives ${to} bytes, where ${output.length} are needed`)
  return output
}
