/** Memory in which rows of pixels are moved: places that never overlap, all of it there again in the end, and the bytes of plain copies. */

import test from 'ava'
import fc from 'fast-check'
import { kernelBytes, PixelMemory } from '../../src/geometry/pixel-memory.js'
import { compiled, sameBytes } from './kernels.js'

const page = 65_536

test('the bytes are what the source compiles to', async (t) => t.is(await compiled('rows-fast.wat'), kernelBytes))

test('whatever is taken and given, in whatever order: nobody writes into what is somebody else’s, and all of it is free in the end', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.nat(), fc.boolean())), (steps) => {
      const memory = new PixelMemory(2 * page)
      const taken: { readonly view: Uint8Array; readonly mark: number }[] = []
      const giveOne = (at: number) => {
        const [{ view, mark }] = taken.splice(at, 1) as [(typeof taken)[number]]
        if (!view.every((byte) => byte === mark)) throw new Error('somebody else wrote there')
        memory.give(view)
        // A second time is nothing.
        memory.give(view)
      }
      for (const [i, [bytes, at, gives]] of steps.entries()) {
        if (gives && taken.length > 0) giveOne(at % taken.length)
        const view = memory.take(bytes)
        if (view.length !== bytes) throw new Error('another length')
        taken.push({ view: view.fill(i & 255), mark: i & 255 })
      }
      while (taken.length > 0) giveOne(0)
      const all = memory.take(2 * page - 64)
      if (!memory.holds(all)) throw new Error('some of it was lost')
    }),
    { numRuns: 200 },
  )
  t.pass()
})

test('where no place is left, or none is long enough, a buffer lies elsewhere; so does none at all', (t) => {
  const memory = new PixelMemory(page)
  const [first, second] = [memory.take(40_000), memory.take(40_000)]
  t.deepEqual([memory.holds(first), memory.holds(second)], [true, false])
  memory.give(second)
  memory.give(first)
  t.true(memory.holds(memory.take(60_000)))
  t.false(memory.holds(memory.take(0)))
  // No engine has so much.
  t.is(new PixelMemory(2 ** 40).take(100).length, 100)
})

test('rows are copied as one by one, wherever they lie; where they do not fit, nothing is', (t) => {
  const memory = new PixelMemory(4 * page)
  const [data, out] = [memory.take(5000), memory.take(4000)]
  const side = fc.integer({ min: 0, max: 90 })
  let copied = 0
  fc.assert(
    fc.property(fc.tuple(side, side, side, side, side, side), ([at, stride, to, toStride, bytes, rows]) => {
      for (const [i] of data.entries()) data[i] = (i * 7 + at) & 255
      const plain = new Uint8Array(4000)
      out.fill(0)
      const isInside = rows > 0 && at + (rows - 1) * stride + bytes <= 5000 && to + (rows - 1) * toStride + bytes <= 4000
      const done = memory.copyRows(data, { at, stride }, out, { at: to, stride: toStride }, bytes, rows)
      if (done !== isInside) throw new Error(`${done}, though they are ${isInside ? '' : 'not '}inside`)
      if (done) copied++
      for (let y = 0; done && y < rows; y++) plain.set(data.subarray(at + y * stride, at + y * stride + bytes), to + y * toStride)
      if (!sameBytes(out, plain)) throw new Error('other bytes')
    }),
    { numRuns: 500 },
  )
  t.true(copied > 50, `${copied} of 500`)
  const elsewhere = new Uint8Array(4000)
  t.false(memory.copyRows(data, { at: 0, stride: 3 }, elsewhere, { at: 0, stride: 3 }, 3, 3))
  t.false(memory.copyRows(elsewhere, { at: 0, stride: 3 }, out, { at: 0, stride: 3 }, 3, 3))
})
