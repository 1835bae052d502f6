/** The bytes of journals: frames against their form written out, and the file that they are added to. */

import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import test from 'ava'
import { frameOf, noFrame, type ReadAt, wholeFrames } from '../../../src/pipeline/store/frames.js'
import { GrowingFile } from '../../../src/pipeline/store/growing-file.js'
import { all } from '../../support/stage-context.js'
import { tempFolder } from '../../support/temp.js'

const section = 65_536
const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255)

/** A disk that gives a few bytes at a time. */
const readAt = (bytes: Uint8Array, most = bytes.length): ReadAt => ({
  stat: async () => ({ size: bytes.length }),
  read: async (into, offset, length, position) => {
    const some = bytes.subarray(position, position + Math.min(length, most))
    into.set(some, offset)
    return { bytesRead: some.length }
  },
})

/** The form, for a content in one piece. */
function written(content: Uint8Array, [a, b]: readonly [number, number], before: Uint8Array): Buffer {
  const head = Buffer.from(Uint32Array.of(content.length, a, b).buffer)
  const sums: number[] = []
  for (let at = 0; at < content.length; at += section) sums.push(crc32(content.subarray(at, at + section)))
  const hash = createHash('sha256')
  for (const part of [before, head, new Uint8Array(Uint32Array.from(sums).buffer)]) hash.update(part)
  return Buffer.concat([head, content, hash.digest()])
}

test('a frame has a sum of each 64 KiB, however its content lies in pieces', async (t) => {
  const cuts = [[], [0], [1], [section], [section - 1, section + 1], [7, 7, 2 * section, 2 * section + 5]]
  for (const length of [0, 1, section - 1, section, section + 1, 2 * section, 3 * section + 9]) {
    const content = noise(length)
    const numbers = [length + 1, 2 ** 32 - 1] as const
    const before = noise(32)
    const wanted = written(content, numbers, before)
    for (const cut of cuts) {
      const ends = [0, ...cut.map((at) => Math.min(at, length)), length]
      const pieces = ends.slice(1).map((end, i) => content.subarray(ends[i], end))
      const { bytes, hash } = frameOf(pieces, numbers, before)
      t.true(Buffer.concat(bytes).equals(wanted) && hash.equals(wanted.subarray(-32)), `${length} bytes cut at ${cut}`)
    }
  }
})

test('of a file that is cut anywhere, or changed, the frames before are read, and no more', async (t) => {
  const frames: Buffer[] = []
  for (const [i, length] of [5, 0, 40].entries()) frames.push(written(noise(length), [i, 7], frames.at(-1)?.subarray(-32) ?? noFrame))
  const file = Buffer.concat(frames)
  const ends = frames.map((_, i) => frames.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0))
  for (let size = 0; size <= file.length; size++) {
    const read = await all(wholeFrames(readAt(file.subarray(0, size), 9)))
    t.deepEqual(
      read.map(({ numbers, at, length }) => [numbers[0], at + length + 32]),
      ends.flatMap((end, i) => (end <= size ? [[i, end]] : [])),
    )
    const changed = Buffer.from(file)
    changed[size % file.length]! ^= 1
    t.is((await all(wholeFrames(readAt(changed)))).length, ends.filter((end) => end <= size % file.length).length)
  }
  t.deepEqual((await all(wholeFrames(readAt(file))))[2]!.content, Buffer.from(noise(40)))
})

test('a file grows from where it is opened: what lay behind is gone, and what was added is there when it is closed', async (t) => {
  const place = path.join(await tempFolder(t), 'x')
  await writeFile(place, 'abcdefgh')
  const file = await GrowingFile.open(place, 3)
  t.is(await readFile(place, 'utf8'), 'abc')
  // A system may write less than it is given.
  const { handle } = file
  const whole = handle.writev.bind(handle)
  Object.assign(handle, { writev: ([first]: readonly Uint8Array[], at: number) => whole([first!.subarray(0, 1)], at) })
  const safe = [file.add([Buffer.from('1'), Buffer.alloc(0), Buffer.from('23')]), file.add([Buffer.from('45')]), file.add([])]
  await file.close()
  t.is(await readFile(place, 'utf8'), 'abc12345')
  await Promise.all(safe)
  await t.throwsAsync(handle.stat(), undefined, 'closed')
})
