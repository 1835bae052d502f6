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

test('statistics are halved after 64 samples, of runs that end, too: what CharLS made of lone samples on one colour', (t) => {
  const bytes = Buffer.from(
    '/9j/9wALCAAgACgBAREA/9oACAEBAAAAAADAAFAANFKEQAAAD3AMgPBdgQIECAmT23QQQQQARgTANwHUCBAggMjP7+CAAFkALhuArAAABywFsMFPgQEgAACgDTkmsVi+XmDPOjQCw6POxGq//xzcknYuFQVhgMqG6Gp5EfG56Zw+j+EwUVl/NWUW1gAAAT7d+FEUQ8PtuZTZCRk4J6YuMpjCy2nzmpm50enKElTy7jarGbn/RaMBm68ypk1LEFAJ/NHCMJgpJf62JsN8qzzylw5DsPzBU28NIM01WPvnC+L4ana0onN08IFn4AAANjmcQzuh9RiZgZmwAFNKfEchj2um7HhiYVCxu3E0ltXE9HLOOXHg/CIieasNv2mPiQst8Mg0DgtUpb2ho722zAAABjsNo2hccK+pEbMQSxK+uPCCfw6vR0UsspLC8ATS5xVhJYzvzez8QiUTtRUmlpF1MMPPXGo3Hb/1pDffpx7A0mPhWFgYlWhNnajgi4HTk3h7H0JzXWG+tY8sga93jhPE8PT+bWUmREhQIhY+MZhCu0H7mhnB2fG+JGd3UazOAAADmY+sXDIaPPCzktHP/wVONvCQKAqJ/wZda/fKeZ94rcOg9BAZKezo0pTPRZ+IHC6LYbHmysSm7fEL0ea+OJtDLPTF9mJqbjqKtxFfx5Wzjx1YnFgtcNlKllTE1FLnBix6EIRkbvZUbbpMO8jcX+GYbByXKMzW0GOtlw4k8NY0heca4xBbRuSUWudOP57Dm8nFisyouMBDr/FMnhHYj1gAAA8eIBIJmnRTKZ2MW0sx6fONh0PCB0rt77m/qS8MnCxGRWoKMzT5EO+6YTeHkdQoNdYR9a15XWvY78Jojh8fwv1RkZQUiLsPGEshVaD5hqZyfn5ujmdW0aVEzYf+LxqNXrmZySgn30TsM/CUKgrKH8jG13xRyvGFHh2H4IQkAAAET6aZNloMOfXC22Q3PlrSoN4vkRkcvG9Vhjbj+lkZk7HBP8o8Q/8O6ubMvTFBMFzpvJaV9MS0Er5cOPjEEj1TbbXTl/UQMrPDQ7h0YaYni9zqNWUPhpc4YHaxJRuqrBHynnbx9XIcXQ8JXW1t5iU9KKNCKunPLmxCRRO3a6mZeEWUYvZd+Ny2PSL3Lt5tTbwI2V/haGAZlujIA7TZkG037SOHd6hScK6tCac4qpWd8+Etjh+ejktXbIqhH73F9MhTYzzttZ0/iA1RjOfaM6YY9vnGBVGz/xcjI+Ce+xL2ycJjUFhVoK8zW8E/A67TuHh/BEaquv40dNjoL+/PCy1w4P82LUWusBGbuTjaqQwtZ/2zszdzlcBKfxB/R1VDTt9YpJovd+FTKuiJP4qbbePzEEpN+F3W005d0Pu1bhqdw7MdPT0aBONJnygcM7nDE8WVKU2ywRT/2Q==',
    'base64',
  )
  const { data } = decodeJpegLs(bytes, { maxWidth: 40, maxHeight: 32, components: 1 })
  t.deepEqual(
    data,
    Uint8Array.from({ length: 40 * 32 }, (_, i) => (i ** 2 % 9 === 1 ? i * 13 : 240)),
  )
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
