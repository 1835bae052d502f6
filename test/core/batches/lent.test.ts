import { once } from 'node:events'
import test from 'ava'
import type { Batch, DataOf } from '../../../src/core/batch.js'
import { freeVectors, giveBack, inOwnMemory, lend } from '../../../src/core/batches/lent.js'
import { batchSink } from '../../../src/sinks/common/batch-sink.js'

/** A length that no other test here uses, so that memory is only had from this one. */
const made = (rows: number, size: number): Batch =>
  inOwnMemory((memory) => ({
    length: rows,
    columns: [{ type: 'vector', valid: null, size, values: new Float32Array(memory(4 * rows * size), 0, rows * size) }],
  }))

const bufferOf = ({ columns }: Batch) => (columns[0] as DataOf<'vector'>).values.buffer

test('memory is used again when the last one who reads it gave it back, and not before', (t) => {
  const batch = made(100, 1001)
  lend(batch, 2)
  giveBack(batch)
  t.not(bufferOf(made(100, 1001)), bufferOf(batch))
  giveBack(batch)
  t.is(bufferOf(made(100, 1001)), bufferOf(batch))
  t.not(bufferOf(made(100, 1001)), bufferOf(batch), 'once')
  giveBack(batch)
  t.not(bufferOf(made(100, 1001)), bufferOf(batch), 'given back twice')
})

test('what was lent to nobody is left to the collector, and so is a batch that others made', (t) => {
  const batch = made(10, 2003)
  giveBack(batch)
  t.not(bufferOf(made(10, 2003)), bufferOf(batch))
  const values = new Float32Array(20)
  const foreign: Batch = { length: 10, columns: [{ type: 'vector', valid: null, size: 2, values }] }
  lend(foreign, 1)
  giveBack(foreign)
  t.is(values.byteLength, 80)
})

test('vectors that nobody reads are freed at once, but not those that share their memory', (t) => {
  const values = new Float32Array(2 ** 12)
  const shared = new Float32Array(new ArrayBuffer(80), 8, 2)
  freeVectors({
    length: 1,
    columns: [
      { type: 'vector', valid: null, size: 2 ** 12, values },
      { type: 'vector', valid: null, size: 2, values: shared },
    ],
  })
  t.is(values.length, 0)
  t.is(shared.length, 2)
})

test('a sink gives a batch back when the last of its rows is written', async (t) => {
  const written: number[][] = []
  const sink = batchSink({
    every: 3,
    write: async (pieces) => {
      written.push(pieces.flatMap(({ columns }) => [...(columns[0] as DataOf<'vector'>).values]))
    },
    finish: async () => undefined,
    close: async () => undefined,
  })
  const batches = [2, 2, 1].map((rows, b) => {
    const batch = made(rows, 3001)
    ;(batch.columns[0] as DataOf<'vector'>).values.fill(b)
    lend(batch, 1)
    return batch
  })
  const put = (batch: Batch) => new Promise<void>((resolve) => sink.write(batch, () => resolve()))
  await put(batches[0]!)
  await put(batches[1]!)
  // Three rows are written: all of the first batch, one of the second.
  t.is(bufferOf(made(2, 3001)), bufferOf(batches[0]!))
  t.not(bufferOf(made(2, 3001)), bufferOf(batches[1]!))
  await put(batches[2]!)
  sink.end()
  await once(sink, 'finish')
  t.is(bufferOf(made(2, 3001)), bufferOf(batches[1]!))
  t.deepEqual(
    written.map((values) => values.filter((_, i) => i % 3001 === 0)),
    [
      [0, 0, 1],
      [1, 2],
    ],
  )
})
