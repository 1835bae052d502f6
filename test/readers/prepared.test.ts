/** Of a slide that another thread has opened before, tables are read when their level is first used, and never twice. */

import test, { type ExecutionContext } from 'ava'
import type { ByteSource, Extent } from '../../src/readers/byte-source.js'
import type { Reader } from '../../src/readers/format.js'
import { openWith } from '../../src/readers/open-with.js'
import { readers } from '../../src/readers/registry.js'
import { fileOf, readLevel, same } from './open-buffer.js'
import { buildTiff, type PageSpec, rgbPage } from './tiff-builder.js'

/** The readers, with a note of what is read. */
function noted(reads: Extent[]): readonly Reader[] {
  const note = (source: ByteSource): ByteSource => ({
    uri: source.uri,
    size: source.size,
    modified: source.modified,
    read: (offset, length, signal) => {
      reads.push({ offset, length })
      return source.read(offset, length, signal)
    },
    close: () => source.close(),
  })
  return readers.map((reader) => ({
    ...reader,
    load: async () => {
      const code = await reader.load()
      return { ...code, open: (source, context) => code.open(note(source), context) }
    },
  }))
}

/** A slide of 900 tiles, and a level of 225: their tables lie outside of the directories. */
function pyramid(blank: readonly number[] = [], tags: PageSpec['tags'] = {}) {
  const page = (width: number, more: PageSpec['tags'] = {}): PageSpec => {
    const spec = rgbPage({ width, height: width, tile: 16, extra: { ...tags, ...more } })
    return { ...spec, tiles: spec.tiles!.map((tile, i) => (blank.includes(i) ? Buffer.alloc(0) : tile)) }
  }
  return buildTiff([page(480), page(240, { 254: [1] })])
}

async function opened(t: ExecutionContext, bytes: Buffer, again: boolean) {
  const reads: Extent[] = []
  const slide = await openWith(noted(reads), await fileOf(t, bytes), { again, identity: { bytes: 0, modified: 0, head: '' } })
  t.teardown(() => slide.close())
  return { slide, reads }
}

const long = (reads: readonly Extent[]) =>
  reads.filter(({ length }) => length === 900 * 4 || length === 225 * 4).map(({ length }) => length / 4)

test('the first to open reads all tables, the next none; each level brings its own, once, and the pixels are the same', async (t) => {
  const first = await opened(t, pyramid(), false)
  t.deepEqual(long(first.reads).sort(), [225, 225, 900, 900])
  const next = await opened(t, pyramid(), true)
  t.deepEqual(long(next.reads), [])
  t.deepEqual(next.slide.info.levels, first.slide.info.levels)
  same(t, await readLevel(next.slide, 1), await readLevel(first.slide, 1))
  t.deepEqual(long(next.reads), [225, 225])
  same(t, await readLevel(next.slide, 0), await readLevel(first.slide, 0))
  await Promise.all([readLevel(next.slide, 0), readLevel(next.slide, 1)])
  t.deepEqual(long(next.reads), [225, 225, 900, 900])
})

test('which rows are white is known before the level was read', async (t) => {
  const { slide } = await opened(t, pyramid(Array.from({ length: 60 }, (_, i) => i)), true)
  t.is(await slide.blankRows?.(0, 0), 32, 'two rows of 30 tiles')
  t.is(await slide.blankRows?.(0, 32), 0)
})

test('a slide of Aperio, whose tiles may be made of those below, is the same', async (t) => {
  const aperio = { 270: 'Aperio Image Library v10.0.50\r\n480x480 [0,0 480x480] (16x16) none|AppMag = 20|MPP = 0.5' }
  const bytes = pyramid([3, 17, 40, 41, 42], aperio)
  const all = [await opened(t, bytes, false), await opened(t, bytes, true)] as const
  t.is(all[0].slide.info.vendor, 'aperio')
  for (const level of [1, 0]) same(t, await readLevel(all[1].slide, level), await readLevel(all[0].slide, level))
})

test('a table that is broken refuses the slide when it is first opened, as ever', async (t) => {
  const spec = rgbPage({ width: 480, height: 480 })
  const few = { ...spec, tiles: spec.tiles!.slice(0, 800) }
  await t.throwsAsync(opened(t, buildTiff([few]), false), { code: 'SLIDE_MALFORMED', message: /places for 800 tiles in a level of 900/ })
  const { slide } = await opened(t, buildTiff([few]), true)
  await t.throwsAsync(readLevel(slide, 0), { code: 'SLIDE_MALFORMED', message: /places for 800 tiles in a level of 900/ })
})
