/** JPEG-LS: every order of the components, runs, what is refused, and that damaged data is an error soon. */

import test from 'ava'
import { decodeJpegLs } from '../../src/codecs/jpeg-ls.js'
import { CodecError, UnsupportedData } from '../../src/codecs/types.js'
import { runs, stream } from '../readers/dicom/codestreams.js'
import { same } from '../readers/open-buffer.js'
import { pixels } from '../readers/tiff-builder.js'

const bounds = { maxWidth: 16, maxHeight: 16 }

for (const name of ['jpegLs', 'jpegLsPlanes', 'jpegLsLines', 'jpegLsRuns'] as const) {
  test(`${name}: every sample`, (t) => {
    const picture = decodeJpegLs(stream(name), bounds)
    t.deepEqual([picture.width, picture.height, picture.channels], [16, 16, 3])
    same(t, picture.data, name === 'jpegLsRuns' ? runs() : pixels(0, 0, 16, 16))
  })

  test(`${name}: cut short anywhere, or with any byte changed, it is an error or a picture of its size`, (t) => {
    const bytes = stream(name)
    // The last two are the mark at its end.
    for (let length = 0; length < bytes.length - 2; length++)
      t.throws(() => decodeJpegLs(bytes.subarray(0, length), bounds), { instanceOf: CodecError })
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 0xff, 0x55, bytes[at]! ^ 1]) {
        const odd = Buffer.from(bytes)
        odd[at] = value
        try {
          const { width, height, data } = decodeJpegLs(odd, bounds)
          t.is(data.length, width * height * 3)
        } catch (error) {
          if (!(error instanceof CodecError)) t.fail(`${at} ${value}: ${error}`)
        }
      }
    }
    t.pass()
  })
}

test('of one component, where that is asked for: what CharLS made of numbers of classes', (t) => {
  const bytes = Buffer.from('ffd8fff7000b080004000801011100ffda0008010100000000fe7941c96800000b6c929effd9', 'hex')
  const { data, channels } = decodeJpegLs(bytes, { ...bounds, components: 1 })
  t.is(channels, 1)
  t.deepEqual(
    [...data],
    [...'000000000022220000222200', ...'########'].map((one) => (one === '#' ? 200 : Number(one))),
  )
  t.throws(() => decodeJpegLs(bytes, bounds), { instanceOf: UnsupportedData, message: /1 components, where RGB has 3/ })
})

/** A copy with bytes changed after the marker of a segment. */
function changed(marker: number, at: number, ...values: readonly number[]): Buffer {
  const bytes = stream('jpegLs')
  bytes.set(values, bytes.indexOf(Buffer.of(0xff, marker)) + 2 + at)
  return bytes
}

test('what is no three components of 8 bits is refused by name', (t) => {
  const refused = (bytes: Uint8Array, message: RegExp) =>
    t.throws(() => decodeJpegLs(bytes, bounds), { instanceOf: UnsupportedData, message })
  refused(changed(0xf7, 2, 12), /12 bits/)
  refused(changed(0xf7, 9, 0x21), /subsampled/)
  refused(changed(0xda, 11, 1), /point transform/)
  const [start, rest] = [stream('jpegLs').subarray(0, 2), stream('jpegLs').subarray(2)]
  refused(Buffer.concat([start, Buffer.of(0xff, 0xdd, 0, 4, 0, 8), rest]), /restart markers/)
  refused(Buffer.concat([start, Buffer.of(0xff, 0xe8, 0, 7, ...Buffer.from('mrfx'), 1), rest]), /HP's transform/)
  refused(Buffer.concat([start, Buffer.of(0xff, 0xf8, 0, 5, 2, 1, 1), rest]), /palette/)
  t.throws(() => decodeJpegLs(stream('jpegLs'), { maxWidth: 15, maxHeight: 16 }), {
    instanceOf: CodecError,
    message: /16 x 16 pixels, its place has 15 x 16/,
  })
})
