import { deflateSync } from 'node:zlib'
import test from 'ava'
import sharp from 'sharp'
import { zstdFrame } from '../../fixtures/encode.js'
import { picture, pictureSize } from '../../fixtures/picture.js'
import { zstdStrip } from '../../fixtures/zstd-strip.js'
import { greyToRgb, rgbaToRgb, undoDifferences, ycbcrToRgb } from '../../src/codecs/colour.js'
import { unpackDeflate } from '../../src/codecs/deflate.js'
import { loadExactJpeg } from '../../src/codecs/jpeg-exact.js'
import { holdsPicture, readJpegHeader } from '../../src/codecs/jpeg-header.js'
import { jpegPrefix } from '../../src/codecs/jpeg-join.js'
import { nativeOr } from '../../src/codecs/jpeg-native.js'
import { loadJpeg, loadJpeg2000, loadUnpack } from '../../src/codecs/load.js'
import { unpackLz4Frame } from '../../src/codecs/lz4-frame.js'
import { unpackLzw } from '../../src/codecs/lzw.js'
import { unpackPackBits } from '../../src/codecs/packbits.js'
import { pageUnpackers } from '../../src/codecs/parquet-pages.js'
import { CodecError } from '../../src/codecs/types.js'
import { loadPackagedZstd, tellsOfTheEnd } from '../../src/codecs/zstd.js'
import { needsNativeJpeg } from '../support/native-jpeg.js'

/** A JPEG of a smooth coloured ramp. */
async function ramp(width: number, height: number): Promise<Buffer> {
  const raw = Buffer.alloc(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    raw[i * 3] = 255 - (i % width)
    raw[i * 3 + 1] = Math.floor(i / width) * 2
    raw[i * 3 + 2] = 128
  }
  return sharp(raw, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer()
}

test('LZW: the example of the TIFF 6.0 specification', (t) => {
  // Section 13: 7 7 7 8 8 7 7 6 6 becomes 256 7 258 8 8 258 6 6 257, nine bits each.
  const codes = [256, 7, 258, 8, 8, 258, 6, 6, 257]
  const bits = codes.map((c) => c.toString(2).padStart(9, '0')).join('')
  const bytes = Uint8Array.from(bits.match(/.{1,8}/g)!.map((b) => Number.parseInt(b.padEnd(8, '0'), 2)))
  t.deepEqual([...unpackLzw(bytes, 9)], [7, 7, 7, 8, 8, 7, 7, 6, 6])
  t.deepEqual([...unpackLzw(bytes, 4)], [7, 7, 7, 8], 'no more than asked')
})

test('LZW: an unknown code is refused', (t) => {
  t.throws(() => unpackLzw(Uint8Array.from([0x80, 0x7f, 0xff, 0xff]), 100), { instanceOf: CodecError })
})

test('LZW in the bit order of before 1992: the same codes, least significant bit first', (t) => {
  const bits = [256, 7, 258, 8, 8, 258, 6, 6, 257].map((code) => [...code.toString(2).padStart(9, '0')].reverse().join('')).join('')
  const bytes = Uint8Array.from(bits.match(/.{1,8}/g)!.map((b) => Number.parseInt([...b].reverse().join(''), 2)))
  t.deepEqual([...unpackLzw(bytes, 9)], [7, 7, 7, 8, 8, 7, 7, 6, 6])
  // Codes that grow: libtiff (Pillow 13.0.0) reads this to the same bytes.
  const long = Buffer.from(
    'AAEEEDCAQAEDBxAkULCAQQMHDyBEkDCBQgULFzBk0LCBQwcPH0CEEDGCRAkTJ1CkULGCRQsXL2DEkDGDRg0bN3Dk0LGDh0ABAgoQOGAgAYIFChoweOAgAoQJEipQ' +
      'uGAhA4YNGjpw+OAhBIgRIkqQOGEiBYoVKlqweOEiBowZMmrQuGEjB44dOnoEADAgKAGDDBVCdEhRIkaLHDWC9EhSJEqTLFXCdElTJk6bPHX6ICgQIWAFRpkqheqU' +
      'qlSsVrlqBeuVrFi0ZtmqheuWrly8dn/03UtUKFKjChlaxCiRokeQGjmaRCmSpEuYKlnaxCmTJo8ePn7gMIjw5wCHEIMrkErVKVStXK1iFUvWK1i1bM2ilUvXLdwe' +
      'PH74yCGU6N6+SjFlFFJSWVRYBIt1kFgGj5XQWAiTtRBZCpfVUFkM2V2ng2cFcBbAYA0ElsBhFUgggVOqcYAaBq6RwBoIsrEAGwq20UAbDPrht0NvBOwGgGgM/IaA' +
      'aRSQBkFyHX0U0kglnZTSSi29FNNMNd2U0049ecddQgs19FBEE1V0UUYbZbVVV1+FNVZZZ6W1VltvxTVXXXfl9Z9fRA2Y1FJNPRXVVFVdZSZjIzh2AmQrSPYCZTNY' +
      'dgNmO2jmIYcignggiQsmKIIIrZnwmgqxuTCbDLXZcJsOufnIo5BAGknkiim+2NwIz70Q3QrT3VDdDNdlt91BB3gH3gPBLTDcBcVNcNwHSC53QnMiwOeCfCrQZ4N9' +
      'MuCnH39DGXBngA7oSZ4F5kmAngfqacCeCe5Fy4JLE1Z4YYY9bHiAQR6CKCKJBya4YIMPRqgCqDSaaiOpOPqgI48+AikkkUamuGKLL8Y446656sSTTwMVBGyxwyZ7' +
      'LJLLzursrbVWJyddduGlF194FnXUnkyVO26657a7LrXSYisXpJIO0Nm9BVT6AGETGHYBYhso9gGhhiKqKKOOYoYqDroJwJsBvoGGQKsnQvCqBql5sBqnILQ4Y4w3' +
      '1ogbDr921/GwxR6b7LLNOjlrrbfmumuv2hnkH8zgigtoueemu2670lJrLbba7teft0J/eHSICyjEb9IIPq1g0wwe6mChEC4qYaIUPmphoxj+oCGHHjrsNcRhS0w2' +
      'i566iLbFBNd4Y4487Mh1j1r/6EADXkIk8pgkK2mykyhLibGVGmfZ8ZYgN1CznzcLmnOaO7fZc5zWtmwnzJPrCW4EnGMKuqakNzhhhBdWmFkOm1VOaeYJWMr52GU7' +
      'W6c+FapRlepUqSreqrwGttJYoALKUlLemMMkvkHJb1QCXNyCNbcv1W1Md+tAegS1uDQ1rk2Pi1PkuDU4APHJcOXxU+JABzDSCQx18mIdveyFr8rpi3+bk4i/QEex' +
      '3YlKRr0z2O8UFjyGFU92RqEdisymotu5pkkoiR5MpoeT6nGMINjrUsjCNLKNJAkkzyMLz97kszmZ72V9Sd/M1sc9QOHsTDpbUwpQRz/W2S9S+JsU0YyGNKUxzWlQ' +
      'C4H8UMc2hLntalnbWtdCczwGuOqBFIAVFV+kNoLJBldW+ht2AgcsYXmwS3YLE97M6Ky9SalvNaiPCvMjuW5964UzGxfizqS4NTHuTY6bUwx06Lp6wc6Hl9vX0krE' +
      'uSFqpIYiuaFKcigT4AlPKA2r5MMwGTEqTix3FTvijHyHsBxZD4wfE+OXloeR5qGRSSeDUsqolDEs+QR93VIfn2xmR+/hEXx6FB8byefGOsFRAPsTzOUutcxMee5B' +
      'i5xaC+qnuvvlb2h/YVUlL3ma28UKbZ0sIAvaZrC3RRIACwwPKkGoSgmyUm8VfOUFQ5nBUW7QlOHJ5eFkyEsS+tKEwEShMGe5rcndUkAzC2LnPPIv0QXMdPFS3byK' +
      'ycMOIdMhyqRAkWrnTSuC04hqGacSy8nEaxJvL1AcEjcl0E4zlgye0JOn9OhJPXtqKZ0MGSNFRuZPruRRjQJlSxtZZtA7yREpdIRK97ACv6iVYH6moyjQAqm/QfLP' +
      'f4asgEM5wAFO5m5tRyQpArGmquFpdDRhAyAGPkpB58hUOjS1jk23hFNirZQ4LUXOS5kD1PgIVZb3oSULvUU4XBJop+fp6Xp+ChZpps4mU30d0fKVTCAus1+ea6pJ' +
      'nvouscpliQsbXjaVsk2pdFMr3xRLOMOqgi3StYt2DQg=',
    'base64',
  )
  t.deepEqual(
    unpackLzw(long, 3600),
    Uint8Array.from({ length: 3600 }, (_, i) => (i % 61) ^ ((i >> 6) & 7)),
  )
})

test('PackBits: the example of the TIFF 6.0 specification', (t) => {
  const packed = Uint8Array.from([0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa])
  const wanted = [0xaa, 0xaa, 0xaa, 0x80, 0, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0, 0x2a, 0x22, ...Array(10).fill(0xaa)]
  t.deepEqual([...unpackPackBits(packed, 24)], wanted)
  t.deepEqual([...unpackPackBits(packed, 2)], [0xaa, 0xaa])
  t.is(unpackPackBits(packed.subarray(0, 4), 24).length, 4, 'data that ends early gives what it has')
})

test('deflate: a row more is left alone, a missing end gives what there is; a bomb and damage are errors', (t) => {
  const picture = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i) >> 7))
  t.is(Buffer.compare(unpackDeflate(deflateSync(Buffer.concat([picture, picture.subarray(0, 300)])), 100_000), picture), 0)
  t.throws(() => unpackDeflate(deflateSync(Buffer.alloc(10_000_000)), 1000), { instanceOf: CodecError })
  const whole = deflateSync(picture)
  t.is(Buffer.compare(unpackDeflate(whole.subarray(0, -4), 100_000), picture), 0, 'the checksum is missing')
  const half = unpackDeflate(whole.subarray(0, whole.length / 2), 100_000)
  t.true(half.length > 0 && half.length < 100_000 && picture.subarray(0, half.length).equals(half))
  const wrong = Buffer.from(whole)
  wrong[wrong.length - 1]! ^= 1
  t.throws(() => unpackDeflate(wrong, 100_000), { instanceOf: CodecError }, 'the checksum is another')
  t.throws(() => unpackDeflate(Buffer.from('no deflate'), 6), { instanceOf: CodecError })
  // Zeros at its end are one symbol after the other, more than enough of them.
  t.throws(() => unpackDeflate(Buffer.from(whole).fill(0, Math.floor(0.94 * whole.length)), 100_000), { instanceOf: CodecError })
})

test('a zstd of Node that answers with a part of a frame is not asked', async (t) => {
  t.false(tellsOfTheEnd((input) => input.subarray(9)))
  const unpack = await loadPackagedZstd()
  t.true(tellsOfTheEnd((input) => unpack(input, 8) as Uint8Array))
})

test('zstd, of Node or of the package: the strip comes back, damaged data and what is far larger than its tile are errors', async (t) => {
  for (const unpack of [await loadUnpack('zstd'), await loadPackagedZstd()]) {
    const { width, height } = pictureSize
    const whole = await unpack(zstdStrip, width * height * 3)
    // The strip holds what each value is more than its left neighbour, modulo 256.
    const expected = picture().map((value, i, all) => (i % (width * 3) < 3 ? value : value - all[i - 3]!))
    t.true(Buffer.from(whole).equals(expected))
    t.deepEqual(Buffer.from(await unpack(zstdStrip, whole.length - 1)), Buffer.from(whole.subarray(0, -1)), 'a byte more than its tile')
    await t.throwsAsync(async () => unpack(zstdFrame(new Uint8Array(200_000)), 1000), { instanceOf: CodecError })
    for (const cut of [1, 9, zstdStrip.length >> 1, zstdStrip.length - 5]) {
      t.throws(() => unpack(zstdStrip.subarray(0, zstdStrip.length - cut), whole.length), { instanceOf: CodecError }, `${cut} bytes less`)
    }
    t.throws(() => unpack(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), 100), { instanceOf: CodecError })
    t.throws(() => unpack(Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x05]), 100), { instanceOf: CodecError })
  }
})

test('JPEG header: size, components and markers', async (t) => {
  const jpeg = await ramp(40, 30)
  t.deepEqual(readJpegHeader(jpeg), {
    width: 40,
    height: 30,
    components: 3,
    sampling: [0x22, 0x11, 0x11],
    progressive: false,
    lossless: false,
    named: false,
    jfif: false,
    marks: [],
  })
  const app0 = [0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]
  t.true(readJpegHeader(Buffer.concat([Buffer.from(app0), jpeg.subarray(2)])).jfif)
  const joined = Buffer.concat([jpegPrefix(undefined, 'ycbcr'), jpeg.subarray(2)])
  t.is(readJpegHeader(joined).adobe, 1)
  t.throws(() => readJpegHeader(Buffer.from([0, 1, 2])), { instanceOf: CodecError })
  t.throws(() => readJpegHeader(jpeg.subarray(0, 30)), { instanceOf: CodecError })
  t.true(holdsPicture(jpeg))
  t.false(holdsPicture(Uint8Array.from([0xff, 0xd8, 0xff, 0xdb, 0, 3, 0, 0xff, 0xd9])))
})

test('JPEG: exact equals libjpeg (through libvips), fast differs by at most 4 levels', async (t) => {
  const jpeg = await ramp(200, 120)
  const wanted = await sharp(jpeg).raw().toBuffer()
  const prefix = jpegPrefix(undefined, 'as-marked')
  for (const decode of [await loadJpeg('exact'), await loadExactJpeg()]) {
    const exact = decode(prefix, jpeg, 2)
    t.deepEqual([exact.width, exact.height, exact.channels], [200, 120, 3])
    t.true(wanted.equals(exact.data))
  }
  const fast = (await loadJpeg('fast'))(prefix, jpeg, 2)
  let worst = 0
  for (let i = 0; i < wanted.length; i++) worst = Math.max(worst, Math.abs(wanted[i]! - fast.data[i]!))
  t.true(worst <= 4, `differs by ${worst}`)
})

test('JPEG: a decoder that has failed ten thousand times still decodes', async (t) => {
  const jpeg = await ramp(64, 64)
  const prefix = jpegPrefix(undefined, 'as-marked')
  const decode = await loadExactJpeg()
  const cut = jpeg.subarray(0, jpeg.length - 40)
  for (let i = 0; i < 10_000; i++) {
    t.throws(() => decode(prefix, cut, 2), { instanceOf: CodecError })
    // Between two reads a thread comes to its event loop.
    if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  t.true((await sharp(jpeg).raw().toBuffer()).equals(decode(prefix, jpeg, 2).data))
})

needsNativeJpeg("JPEG: the system's libjpeg-turbo gives the bytes of the WebAssembly decoder", async (t) => {
  const wasm = await loadExactJpeg()
  const unusual: Uint8Array[] = []
  const native = await nativeOr((_, bytes) => {
    unusual.push(bytes)
    return { width: 0, height: 0, channels: 3, data: new Uint8Array() }
  })
  const prefix = jpegPrefix(undefined, 'as-marked')
  for (const [i, size] of [8, 16, 33, 64, 97, 240, 256].entries()) {
    const picture = noise(size, size + i)
    const ways = [
      picture().jpeg({ quality: 30 + i * 10 }),
      picture().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
      picture().jpeg({ progressive: true }),
      picture().greyscale().jpeg(),
    ]
    for (const way of ways) {
      const jpeg = await way.toBuffer()
      const [one, other] = [wasm(prefix, jpeg, 2), native(prefix, jpeg, 2)]
      t.deepEqual([other.width, other.height, other.channels], [one.width, one.height, one.channels])
      t.is(Buffer.compare(one.data, other.data), 0, `${size}: ${JSON.stringify(readJpegHeader(jpeg))}`)
    }
  }
  t.deepEqual(unusual, [])
  // Chroma of another size than is usual goes to the other decoder.
  const odd = Buffer.from(await noise(32, 32)().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer())
  odd[odd.indexOf(Buffer.from([0xff, 0xc0])) + 11] = 0x12
  native(prefix, odd, 2)
  t.is(unusual.length, 1)
})

/** Patches of colour under noise: every coefficient is used. */
const noise = (width: number, height: number) => () =>
  sharp(Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => ((i * 2654435761) >>> 24) ^ ((i >> 5) * 37))), {
    raw: { width, height, channels: 3 },
  })

test('JPEG: cut and damaged data is a CodecError in both decoders, which go on working', async (t) => {
  const jpeg = await ramp(64, 64)
  const prefix = jpegPrefix(undefined, 'as-marked')
  for (const speed of ['exact', 'fast'] as const) {
    const decode = await loadJpeg(speed)
    t.throws(() => decode(prefix, jpeg.subarray(0, jpeg.length - 40), 2), { instanceOf: CodecError }, speed)
    t.is(decode(prefix, jpeg, 2).width, 64)
  }
})

test('JPEG 2000: headers are checked before anything is decoded', async (t) => {
  const decode = await loadJpeg2000()
  const bounds = { maxWidth: 64, maxHeight: 64 }
  t.throws(() => decode(new Uint8Array(100), bounds), { message: /no codestream/ })
  const forged = Buffer.alloc(60)
  forged.set([0xff, 0x4f, 0xff, 0x51])
  forged.writeUInt32BE(4_000_000_000, 8)
  forged.writeUInt32BE(4_000_000_000, 12)
  t.throws(() => decode(forged, bounds), { message: /says 4000000000 x 4000000000 pixels/ })
})

test('colours: grey, inverted grey, alpha on white, YCbCr', (t) => {
  const out = new Uint8Array(6)
  greyToRgb(Uint8Array.from([0, 200]), out, 2)
  t.deepEqual([...out], [0, 0, 0, 200, 200, 200])
  greyToRgb(Uint8Array.from([0, 200]), out, 2, true)
  t.deepEqual([...out], [255, 255, 255, 55, 55, 55])
  // 100 at half (128 of 255) on white: (100 × 128 + 255 × 127) ÷ 255 = 177.2
  rgbaToRgb(Uint8Array.from([100, 0, 255, 128, 9, 9, 9, 0]), out, 2)
  t.deepEqual([...out], [177, 127, 255, 255, 255, 255])
  rgbaToRgb(Uint8Array.from([50, 0, 128, 128, 0, 0, 0, 0]), out, 2, true)
  t.deepEqual([...out], [177, 127, 255, 255, 255, 255])
  // Red in JPEG's YCbCr is 76, 85, 255.
  ycbcrToRgb(Uint8Array.from([76, 85, 255, 128, 128, 128]), out, 2)
  t.deepEqual([...out], [254, 0, 0, 128, 128, 128])
})

test('predictor 2: running sums along the row, per channel, modulo 256', (t) => {
  const bytes = Uint8Array.from([10, 20, 30, 250, 1, 1, 10, 255, 0, 1, 2, 3, 1, 1, 1, 0, 0, 0])
  undoDifferences(bytes, 3, 2, 3)
  t.deepEqual([...bytes], [10, 20, 30, 4, 21, 31, 14, 20, 31, 1, 2, 3, 2, 3, 4, 2, 3, 4])
})

test('LZ4 of Parquet, bare and in the frames of Hadoop: literals and copies that reach into themselves; what is damaged is refused', async (t) => {
  const plain = Buffer.concat([
    Buffer.alloc(300, 'a'),
    ...Array.from({ length: 3 }, () => Uint8Array.from({ length: 40 }, (_, i) => i)),
    Buffer.from(`${'tiastream '.repeat(40)}end`),
  ])
  // By liblz4.
  const bare = Buffer.from(
    '1f610100ff19ff19000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728003daf74696173747265616d200a00ff72506d20656e64',
    'hex',
  )
  const framed = (block: Uint8Array, gives: number) => {
    const head = Buffer.alloc(8)
    head.writeUInt32BE(gives)
    head.writeUInt32BE(block.length, 4)
    return Buffer.concat([head, block])
  }
  const { LZ4, LZ4_RAW, ZSTD } = await pageUnpackers(2 ** 20, new Set(['ZSTD']))
  // A page of nulls alone, as zstd packs it.
  t.is(ZSTD(Buffer.from('28b52ffd2000010000', 'hex'), 0).length, 0)
  for (const unpacked of [
    LZ4_RAW(bare, plain.length),
    LZ4(bare, plain.length),
    LZ4(framed(bare, plain.length), plain.length),
    LZ4(Buffer.concat([framed(bare, plain.length), framed(Buffer.from('2061620a', 'hex').subarray(0, 3), 2)]), plain.length + 2).subarray(
      0,
      -2,
    ),
  ])
    t.true(plain.equals(unpacked))
  for (const [odd, length] of [
    [bare.subarray(0, -1), plain.length],
    [bare.subarray(0, 9), plain.length],
    [bare, plain.length - 1],
    [bare, plain.length + 1],
    [Buffer.from('106105000000', 'hex'), 20],
    [bare, 2 ** 19],
  ] as const) {
    t.throws(() => LZ4_RAW(odd, length))
    t.throws(() => LZ4(odd, length))
  }
})

test('a frame of LZ4 as Arrow packs its buffers: blocks that copy from those before; what is damaged is told', (t) => {
  // What pyarrow's codec makes of 200,000 bytes 0 to 6, again and again.
  const [head, end, ff] = ['04224d184040c0', '00000000', (count: number) => 'ff'.repeat(count)]
  const blocks = [
    `110100007f000102030405060700${ff(256)}e1500405060001`,
    `0a0100000ffe${ff(257)}e8500600010203`,
    `0a0100000f0700${ff(256)}e8500102030405`,
    `170000000ffe${ff(14)}35500506000102`,
  ]
  const packed = Buffer.from(`${head}${blocks.join('')}${end}`, 'hex')
  const room = () => new Uint8Array(200_000)
  t.true(unpackLz4Frame(packed, room()).every((byte, i) => byte === i % 7))
  const asIs = (size: string) => Buffer.from(`${head}${size}616263${end}`, 'hex')
  t.is(Buffer.from(unpackLz4Frame(asIs('03000080'), new Uint8Array(3))).toString(), 'abc')
  for (const [odd, length] of [
    [packed, 199_999],
    [packed, 200_001],
    [packed.subarray(0, 600), 200_000],
    [packed.subarray(0, 3), 200_000],
    [packed.subarray(1), 200_000],
    [asIs('09000080'), 3],
    [asIs('03000080'), 2],
  ] as const)
    t.throws(() => unpackLz4Frame(odd, new Uint8Array(length)), { instanceOf: CodecError })
})
