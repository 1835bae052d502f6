/** Opening a large slide far away: which ranges are asked for, and which of them wait for others, whatever order the answers come in. */

import type { ServerResponse } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { type FarFile, farFile } from '../../bench/support/far-slide.js'
import { openSlide } from '../../src/readers/open.js'
import { oddServer } from '../support/odd-server.js'

const KiB = 1024
const block = 64 * KiB

/** What is asked for, and what of it together: none of a wave waits for the answer to another one of it. */
type Waves = readonly (readonly string[])[]

const range = (offset: number, length: number) => `bytes=${offset}-${offset + length - 1}`
/** The block of 64 KiB in which a piece begins, and the three behind it. */
const onwards = (offset: number) => range(offset - (offset % block), 4 * block)

/** 16 blocks, spread evenly between the first and the last: by them it is known who the slide is. */
const between = (size: number) =>
  Array.from({ length: 16 }, (_, i) => range(block + Math.floor(((i + 0.5) * (size - 2 * block)) / 16 - block / 2), block))

/** The last eight blocks, of which the last one is not whole. */
function end(size: number) {
  const start = (Math.ceil(size / block) - 8) * block
  return range(start, size - start)
}

/** The file, nothing but zeros where it has no pieces; a wave is answered when all of it was asked for. Null: everything at once. */
async function openFrom(t: ExecutionContext, { size, pieces }: FarFile, waves: Waves | null, order: (answers: (() => void)[]) => unknown) {
  const asked: string[] = []
  // A range that nobody answered for ten seconds is asked for again.
  const waiting = new Map<string, () => void>()
  let wave = 0
  const answer = (start: number, length: number, response: ServerResponse) => () => {
    const body = Buffer.alloc(length)
    for (const { offset, bytes } of pieces) {
      const from = Math.max(start, offset)
      const to = Math.min(start + length, offset + bytes.length)
      if (from < to) body.set(bytes.subarray(from - offset, to - offset), from - start)
    }
    response.writeHead(206, { etag: '"1"', 'content-range': `bytes ${start}-${start + length - 1}/${size}` }).end(body)
  }
  const server = await oddServer(Buffer.alloc(0), (_, request, response) => {
    const name = request.headers.range!
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(name)!.map(Number) as [number, number, number]
    const give = answer(from, Math.min(to + 1, size) - from, response)
    if (!waiting.has(name)) asked.push(name)
    waiting.set(name, give)
    if (waves === null) give()
    else if (wave < waves.length && waves[wave]!.every((one) => waiting.has(one))) {
      const all = waves[wave++]!.map((one) => waiting.get(one)!)
      order(all)
      for (const one of all) one()
    }
    return true
  })
  t.teardown(() => server.close())
  const slide = await openSlide(`${server.url}/far.svs`)
  await slide.close()
  return { info: slide.info, asked }
}

async function opensIn(t: ExecutionContext, file: FarFile, waves: Waves, levels: number) {
  const orders: [Waves | null, (answers: (() => void)[]) => unknown][] = [
    [null, () => undefined],
    [waves, () => undefined],
    [waves, (answers) => answers.reverse()],
  ]
  for (const [which, order] of orders) {
    const { info, asked } = await openFrom(t, file, which, order)
    t.is(info.levels.length, levels)
    t.deepEqual(info.associated, ['label', 'macro', 'thumbnail'])
    t.deepEqual(asked.sort(), waves.flat().sort())
  }
}

/** The same of any: its first block; its first directory, its end, and who it is; then the two tables of its first picture, of `side` tiles squared, with what lies behind the thumbnail's directory. */
function firstThree({ size, pieces }: FarFile, side: number): Waves {
  const [, first, thumbnail] = pieces
  // Four bytes a tile for the place and for the size, at the end of the directory.
  const table = side * side * 4
  const tables = first!.offset + first!.bytes.length - 2 * table
  return [
    [range(0, block)],
    [onwards(first!.offset), end(size), ...between(size)],
    [range(tables, table), range(tables + table, table), onwards(thumbnail!.offset)],
  ]
}

test('an SVS of 1.5 GB with six directories is open after four round trips', async (t) => {
  const file = farFile(5120)
  const second = file.pieces[3]!
  // The tables of the second picture, 200 kB, lie behind its directory; all directories after it lie in the last 512 KiB.
  await opensIn(t, file, [...firstThree(file, 320), [onwards(second.offset)]], 3)
})

test('one of JPEG tiles with four levels, of each of which the first tile is looked at, after five', async (t) => {
  const file = farFile(7680, [1, 4, 16, 32], 7)
  const [second, third] = file.pieces.slice(3)
  // The first tile of a level lies behind the directory and the tables of the picture before it.
  await opensIn(t, file, [...firstThree(file, 480), [onwards(second!.offset)], [onwards(third!.offset)]], 4)
})
