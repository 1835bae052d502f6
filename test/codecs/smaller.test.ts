/** JPEG in a half, a quarter and an eighth of its size: the bytes of Pillow's `draft`, which has a libjpeg-turbo of its own (smaller.py). */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { jpegPrefix } from '../../src/codecs/jpeg-join.js'
import { nativeOr } from '../../src/codecs/jpeg-native.js'
import { loadJpeg, mustShrinkJpeg } from '../../src/codecs/load.js'
import { CodecError, shrunk } from '../../src/codecs/types.js'
import { packageRoot } from '../../src/core/package-root.js'
import { resize } from '../../src/geometry/resample.js'
import { needsNativeJpeg } from '../support/native-jpeg.js'

interface Case {
  readonly width: number
  readonly height: number
  readonly jpeg: string
  readonly smaller: Readonly<Record<string, string>>
}

const cases: Readonly<Record<string, Case>> = JSON.parse(readFileSync(`${packageRoot}test/codecs/smaller.json`, 'utf8'))
const prefix = jpegPrefix(undefined, 'as-marked')
const shrinks = [2, 4, 8] as const
for (const [name, { width, height, jpeg, smaller }] of Object.entries(cases)) {
  needsNativeJpeg(`${name}: as Pillow makes it smaller`, async (t) => {
    const decode = await loadJpeg('fast')
    for (const shrink of shrinks) {
      const kept: Uint8Array[] = []
      const memory = (bytes: number) => {
        kept.push(new Uint8Array(bytes))
        return kept.at(-1)!
      }
      const picture = decode(prefix, Buffer.from(jpeg, 'base64'), 2, memory, shrink)
      t.deepEqual([picture.width, picture.height], [shrunk(width, shrink), shrunk(height, shrink)])
      t.is(createHash('sha256').update(picture.data).digest('hex'), smaller[shrink]!, `in 1/${shrink}`)
      t.is(picture.stays ?? false, picture.data === kept[0])
    }
  })
}

needsNativeJpeg('chroma of an unusual size, and pictures of a few pixels, are decoded whole and shrunk by area', async (t) => {
  const { jpeg } = cases['4:4:4']!
  const whole = { width: 7, height: 5, channels: 3, data: Uint8Array.from({ length: 7 * 5 * 3 }, (_, i) => i * 2) }
  const decode = await nativeOr(() => whole)
  const wanted = new Uint8Array(4 * 3 * 3)
  resize(whole.data, whole, wanted, { width: 4, height: 3 }, 'area')
  const odd = Buffer.from(jpeg, 'base64')
  const frame = odd.indexOf(Buffer.from([0xff, 0xc0]))
  odd[frame + 11] = 0x41
  const tiny = Buffer.from(jpeg, 'base64')
  tiny.set([0, 5, 0, 7], frame + 5)
  for (const bytes of [odd, tiny]) {
    const picture = decode(prefix, bytes, 2, undefined, 2)
    t.deepEqual([picture.width, picture.height], [4, 3])
    t.deepEqual([...picture.data], [...wanted])
  }
})

needsNativeJpeg('data that is cut is a CodecError, in every size', async (t) => {
  await mustShrinkJpeg()
  const decode = await loadJpeg('fast')
  const jpeg = Buffer.from(cases['4:2:0']!.jpeg, 'base64')
  for (const shrink of shrinks)
    t.throws(() => decode(prefix, jpeg.subarray(0, jpeg.length - 40), 2, undefined, shrink), { instanceOf: CodecError })
})
