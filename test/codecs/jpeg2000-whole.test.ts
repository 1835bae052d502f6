/** JPEG 2000 of which a part is missing is an error, whatever was decoded before: the decoders would show that again. */

import test from 'ava'
import { siz } from '../../src/codecs/jpeg2000-header.js'
import { loadHtj2k, loadJpeg2000 } from '../../src/codecs/load.js'
import { CodecError } from '../../src/codecs/types.js'
import { stream } from '../readers/dicom/codestreams.js'
import { codestream } from '../readers/jpeg2000-tiles.js'
import { same } from '../readers/open-buffer.js'
import { pixels } from '../readers/tiff-builder.js'

const bounds = { maxWidth: 16, maxHeight: 16 }

for (const [name, load, bytes] of [
  ['JPEG 2000', loadJpeg2000, codestream('rgb')],
  ['JPEG 2000 whose components were transformed', loadJpeg2000, stream('transformed')],
  ['HTJ2K', loadHtj2k, stream('htj2k')],
] as const) {
  test(`${name}: cut short anywhere`, async (t) => {
    const decode = await load()
    const wanted = pixels(0, 0, 16, 16)
    same(t, decode(bytes, bounds).data, wanted)
    // The last two are the mark at its end, which some writers leave out.
    for (let length = 0; length < bytes.length - 2; length += 1 + Math.floor((bytes.length - length) / 40)) {
      t.throws(() => decode(bytes.subarray(0, length), bounds), { instanceOf: CodecError }, `${length}`)
    }
    same(t, decode(bytes.subarray(0, -2), bounds).data, wanted)
    same(t, decode(Buffer.concat([bytes, Buffer.of(0)]), bounds).data, wanted)
  })

  test(`${name}: of which no length is told`, async (t) => {
    const decode = await load()
    const endless = Buffer.from(bytes)
    endless.writeUInt32BE(0, endless.indexOf(Buffer.of(0xff, 0x90, 0, 10)) + 6)
    same(t, decode(endless, bounds).data, pixels(0, 0, 16, 16))
    t.throws(() => decode(endless.subarray(0, -5), bounds), { instanceOf: CodecError, message: /ends early/ })
  })
}

test('what OpenJPEG cannot decode is an error, not the picture before', async (t) => {
  const decode = await loadJpeg2000()
  const before = decode(codestream('rgb'), bounds).data.slice()
  // The size of its blocks is none.
  const odd = stream('transformed')
  odd[odd.indexOf(Buffer.of(0xff, 0x52)) + 10] = 0x7f
  t.true(before.length > 0)
  t.throws(() => decode(odd, bounds), { instanceOf: CodecError })
})

test('HTJ2K that says it is cut into more pieces than any picture is refused before it is decoded', async (t) => {
  const odd = stream('htj2k')
  // Tiles of one pixel, in a picture said to be 2048 x 2048.
  for (const [at, value] of [
    [8, 2048],
    [12, 2048],
    [24, 1],
    [28, 1],
  ] as const)
    odd.writeUInt32BE(value, at)
  const decode = await loadHtj2k()
  t.throws(() => decode(odd, { maxWidth: 2048, maxHeight: 2048 }), { instanceOf: CodecError, message: /pieces/ })
})

/** The same picture by opj_compress 2.5.0, each of its packets behind a mark (-SOP). */
const marked = Buffer.from(
  '/0//UQAvAAAAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAADBwEBBwEBBwEB/1IADAIAAAEAAQQEAAH/XAAHQEBISFD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZl' +
    'cnNpb24gMi41LjD/kAAKAAAAAAEsAAH/k/+RAAQAAN+BkBIrZw31KfZdKG+0UrabuvKPzj3kB+6MxtE+OX1BVj9kIgI0Nrlery+gEibnrbSJujcA/5EABAAB34GwEoOUV1HoTNMp' +
    'ePYRsA2BNUxWvOkkXF17V447uZUpTvNcqIIrwp91dWAZzCRdTwms4X8I6ySn/5EABAAC34F4Eb3nc1OsIjDBAHat3k4O9VcvGDj6wSLRGrUS0pyGl356GQuxPzMBEANhj/eQv9X/' +
    'kQAEAAPAfCJAEQA2oYU/PaX/kQAEAASgPhEAPaY0L/+RAAQABcD5CcD5CcB8hYAk2bjokH29wVDR3+LArvWSJGdvJN0BUK5hCji47MtVSu57reHMpSTcwVID7if+ls1e8U2JXBHf' +
    'xwK0spf/2Q==',
  'base64',
)

test('JPEG 2000 of which OpenJPEG warns: a packet is not where it should be', async (t) => {
  const decode = await loadJpeg2000()
  same(t, decode(marked, bounds).data, pixels(0, 0, 16, 16))
  const odd = Buffer.from(marked)
  odd.fill(0, odd.indexOf(Buffer.of(0xff, 0x91, 0, 4, 0, 2)), odd.indexOf(Buffer.of(0xff, 0x91, 0, 4, 0, 2)) + 6)
  t.throws(() => decode(odd, bounds), { instanceOf: CodecError, message: /damaged/ })
  same(t, decode(marked, bounds).data, pixels(0, 0, 16, 16))
})

/** The same picture by grk_compress 10.0.5 (-M 16 -n 1): blocks with predictable ends, behind which bytes are left. */
const spare = Buffer.from(
  '/0//UQAvAAAAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAADBwEBBwEBBwEB/1IADAAAAAEBAAQEEAH/XAAEQED/ZAAiAAFDcmVhdGVkIGJ5IEdyb2sgdmVyc2lvbiAx' +
    'MC4wLjX/kAAKAAAAAAIxAAH/k9+FchI3ZdrVNV1huTtBOzIAVsa8TvbTNjMeRnihBymPUeh2vg1GpSTrVNjG3Wwjkb3KToOmUj2MzvdzcIZJlPz72v56RFZPSydXQeFaqOBVkwXj' +
    '59MXT0xdHftbkAjECFo/QR20kiP7Wpk2Gbj2nSRLRYg1F+laUcLM23x/4v60ThDkIcyYOJEZOPa0lUwy9WQ5TkIcyYOJEZOP7ID5DY0cOSA6OfkKxo4ckB0c/IVjRw5IDo5+QrGj' +
    'hyQEz7apodhB2o0Hwd33kUg5DWWFS+CVxVV3nQMlxJQGss7zBLSWCBXvcU8pw/83AjzM2tdjwXtWwtjRH2JAw5PrioKBaJhcnOItWns/r9jVEZALugQJLz/r+s1kQZsxUk4/rNcO' +
    'rDJcQtfYnc3Daj6ynROMg8kf6AIq0At16xQFYIq0At16xQDnt9PzgNKlAbaiqu83ziPDhsNerG3zfOI8OGw16sbfN84jw4bDWs+2uEXeYJBTtQRcIvbikLOPQTs/jaKpXeGrW8tP' +
    '4r+JzomvSk58pzbIlft/saNrYmQNPAe4/U3T7mhTagoa/Hz6qV57FYxIkj5Rm85UIhZD2fPz4t0xmV9/YBlAEBdGzYZygCABE87VEiAkAA0YE7SgkL15ByxEwIzrfW1Pc5Z4lut9' +
    'bU9pOvLGOraXY8SY1v7qtnpKqa6rR7sR4cNhr1aXKqGI8OGw16sbfiH8WHDYa9WNvm+Y77VzYX//2Q==',
  'base64',
)

test('JPEG 2000 of which OpenJPEG warns, and that is sound: no packets of the finest resolution, bytes that a block did not need', async (t) => {
  const decode = await loadJpeg2000()
  same(t, decode(spare, bounds).data, pixels(0, 0, 16, 16))
  const fewer = Buffer.concat([marked.subarray(0, marked.indexOf(Buffer.of(0xff, 0x91, 0, 4, 0, 5))), Buffer.of(0xff, 0xd9)])
  const part = fewer.indexOf(Buffer.of(0xff, 0x90, 0, 10))
  fewer.writeUInt32BE(fewer.length - 2 - part, part + 6)
  const wanted = pixels(0, 0, 16, 16)
  t.true(decode(fewer, bounds).data.every((value, i) => Math.abs(value - wanted[i]!) <= 8))
})

test('JPEG 2000 that lacks a tile, or a part of one, which is zeros in a copy that was not finished', async (t) => {
  const decode = await loadJpeg2000()
  const two = codestream('rgb')
  two.writeUInt32BE(32, siz.width)
  t.throws(() => decode(two, { maxWidth: 32, maxHeight: 16 }), { instanceOf: CodecError, message: /has 1 of its 2 tiles/ })
  const parts = codestream('rgb')
  parts[parts.indexOf(Buffer.of(0xff, 0x90, 0, 10)) + 11] = 2
  const zeros = Buffer.concat([parts.subarray(0, -2), Buffer.alloc(64)])
  t.throws(() => decode(zeros, bounds), { instanceOf: CodecError, message: /has 1 of the 2 parts of its tile 0/ })
})
