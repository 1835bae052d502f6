/** Lossless JPEG: every predictor, restart markers, components in scans of their own, what is refused, and that damaged data is an error soon. */

import test from 'ava'
import { readJpegHeader } from '../../src/codecs/jpeg-header.js'
import { decodeLosslessJpeg } from '../../src/codecs/jpeg-lossless.js'
import { CodecError, UnsupportedData } from '../../src/codecs/types.js'
import { jpegLossless } from '../readers/dicom/codestreams.js'
import { same } from '../readers/open-buffer.js'
import { pixels } from '../readers/tiff-builder.js'

const bounds = { maxWidth: 16, maxHeight: 16 }
const decode = (bytes: Uint8Array) => decodeLosslessJpeg(bytes, readJpegHeader(bytes, 'or lossless'), bounds)

for (const [i, bytes] of jpegLossless.entries()) {
  test(`predictor ${i + 1}: every sample`, (t) => {
    const { width, height, channels, data } = decode(bytes)
    t.deepEqual([width, height, channels], [16, 16, 3])
    same(t, data, pixels(0, 0, 16, 16))
  })

  test(`predictor ${i + 1}: cut short anywhere, or with any byte changed, it is an error or a picture of its size`, (t) => {
    // The last two are the mark at its end, and the last bits may be filling.
    for (let length = 0; length < bytes.length - 3; length++)
      t.throws(() => decode(bytes.subarray(0, length)), { instanceOf: CodecError }, `${length}`)
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 0xff, 0x55, bytes[at]! ^ 1]) {
        const odd = Buffer.from(bytes)
        odd[at] = value
        try {
          if (!readJpegHeader(odd, 'or lossless').lossless) continue
          const { width, height, data } = decode(odd)
          t.is(data.length, width * height * 3)
        } catch (error) {
          if (!(error instanceof CodecError)) t.fail(`${at} ${value}: ${error}`)
        }
      }
    }
    t.pass()
  })
}

/**
 * A picture of constant colours but for its first sample, by hand: a table of two codes (0: no bits, 10: 7 bits), so that a first sample that is 128 − 100 is
 * 10 and the 7 bits of −100 (27), and each further one is a 0.
 */
function byHand(lines: number, together: boolean): Buffer {
  const [width, height] = [4, 4]
  const first = `10${(27).toString(2).padStart(7, '0')}`
  const part = (components: number) => {
    const scan: string[] = []
    for (let y = 0; y < height; y++) {
      const starts = lines === 0 ? y === 0 : y % lines === 0
      if (starts) scan.push('')
      scan[scan.length - 1] += (starts ? first : '0').repeat(components) + '0'.repeat((width - 1) * components)
    }
    return scan.flatMap((bits, i) => {
      const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1')
      const bytes = padded.match(/.{8}/g)!.flatMap((byte) => (byte === '11111111' ? [0xff, 0] : [Number.parseInt(byte, 2)]))
      return i === 0 ? bytes : [0xff, 0xd0 + ((i - 1) % 8), ...bytes]
    })
  }
  const scanOf = (...ids: number[]) => [
    0xff,
    0xda,
    0,
    6 + 2 * ids.length,
    ids.length,
    ...ids.flatMap((id) => [id, 0]),
    1,
    0,
    0,
    ...part(ids.length),
  ]
  return Buffer.from([
    ...[0xff, 0xd8, 0xff, 0xc4, 0, 21, 0, 1, 1, ...Array<number>(14).fill(0), 0, 7],
    ...[0xff, 0xc3, 0, 17, 8, 0, height, 0, width, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0],
    ...(lines === 0 ? [] : [0xff, 0xdd, 0, 4, 0, lines * width]),
    ...(together ? scanOf(1, 2, 3) : [...scanOf(1), ...scanOf(2), ...scanOf(3)]),
    ...[0xff, 0xd9],
  ])
}

test('restart markers between lines, and components in scans of their own', (t) => {
  for (const lines of [0, 1, 2, 3])
    for (const together of [true, false]) same(t, decode(byHand(lines, together)).data, new Uint8Array(48).fill(28), `${lines} ${together}`)
  const lost = byHand(2, true)
  lost[lost.indexOf(Buffer.of(0xff, 0xd0)) + 1] = 0xe1
  t.throws(() => decode(lost), { instanceOf: CodecError, message: /lacks a restart marker/ })
})

/** A copy of the first one with bytes changed after the marker of a segment. */
function changed(marker: number, at: number, ...values: readonly number[]): Buffer {
  const bytes = Buffer.from(jpegLossless[0]!)
  bytes.set(values, bytes.indexOf(Buffer.of(0xff, marker)) + 2 + at)
  return bytes
}

test('what is no three components of 8 bits, without loss, is refused by name', (t) => {
  const refused = (bytes: Uint8Array, message: RegExp) => t.throws(() => decode(bytes), { instanceOf: UnsupportedData, message })
  refused(changed(0xc3, 2, 12), /12 bits/)
  refused(changed(0xc3, 9, 0x21), /subsampled/)
  refused(changed(0xda, 11, 1), /point transform/)
  const within = byHand(1, true)
  within[within.indexOf(Buffer.of(0xff, 0xdd)) + 5] = 3
  refused(within, /restart markers within its lines/)
  t.throws(() => decode(changed(0xda, 9, 8)), { instanceOf: CodecError, message: /predictor 8/ })
  t.throws(
    () => readJpegHeader(jpegLossless[0]!),
    { instanceOf: UnsupportedData, message: /JPEG process c3/ },
    'by those who have no decoder for it',
  )
  t.throws(() => decodeLosslessJpeg(jpegLossless[0]!, readJpegHeader(jpegLossless[0]!, 'or lossless'), { maxWidth: 15, maxHeight: 16 }), {
    instanceOf: CodecError,
    message: /16 x 16 pixels, its place has 15 x 16/,
  })
})
