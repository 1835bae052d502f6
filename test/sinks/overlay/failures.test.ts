/** Picture sinks when the disk is full, the slide cannot be read, or someone stops in the middle: an error that says so, nothing left open. */

import { readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import { batchesOf } from '../../../src/core/batches/batches-of.js'
import { SlideError } from '../../../src/core/errors.js'
import type { Slide } from '../../../src/core/slide.js'
import { changed, columns, demoSlide, drawn, provenance, rows } from '../pictures.js'
import { openSink, temporary } from '../tables.js'

for (const [name, options] of [
  ['map', { file: 'x.tif' }],
  ['map', { file: 'x.png' }],
  ['map', { file: 'x.npy', values: 'probabilities' }],
  ['overlay', { file: 'x.png' }],
  ['overlay', { file: 'x.tif' }],
  ['thumbnail', { file: 'x.jpg' }],
  ['samples', { file: 'x.png' }],
] as const) {
  test(`${name} to ${options.file}: a full disk is a SinkError`, async (t) => {
    const file = path.join(await temporary(t), `${options.file}.partial`)
    symlinkSync('/dev/full', file)
    const context = { path: file, columns, provenance, slide: await demoSlide(t), signal: new AbortController().signal }
    const work = async () => pipeline(batchesOf(columns, rows()), await openSink(name, options, context))
    await t.throwsAsync(work(), { code: 'DISK_FULL' })
  })
}

/** Files this process holds open below a folder. */
function openBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`)
      return file.startsWith(folder) ? [file] : []
    } catch {
      return []
    }
  })
}

for (const file of ['x.png', 'x.tif', 'x.jpg']) {
  test(`overlay to ${file}: an abort half-way closes the file`, async (t) => {
    const folder = await temporary(t)
    const controller = new AbortController()
    function* stopping() {
      for (const row of rows()) {
        if ((row.index as number) > 1100) controller.abort()
        yield row
      }
    }
    const context = {
      path: path.join(folder, `${file}.partial`),
      columns,
      provenance,
      slide: await demoSlide(t),
      signal: controller.signal,
    }
    const sink = await openSink('overlay', { file }, context)
    await t.throwsAsync(pipeline(batchesOf(columns, stopping()), sink, { signal: controller.signal }), { name: 'AbortError' })
    if (!sink.closed) await new Promise((done) => sink.once('close', done))
    t.deepEqual(openBelow(folder), [])
  })
}

test('a slide that cannot be read any more ends the overlay with its own error', async (t) => {
  const gone: Slide = {
    ...changed(await demoSlide(t), {}),
    read: () => Promise.reject(new SlideError('SLIDE_UNREADABLE', 'the share is gone')),
  }
  await t.throwsAsync(drawn(t, 'overlay', { file: 'x.png' }, { slide: gone }), { code: 'SLIDE_UNREADABLE' })
})

test('samples: a patch that cannot be read is shown as such', async (t) => {
  const slide: Slide = {
    ...changed(await demoSlide(t), {}),
    read: async (requests) => requests.map(() => new SlideError('TILE_UNDECODABLE', 'a broken tile')),
  }
  const { bytes } = await drawn(t, 'samples', { file: 'x.png' }, { slide })
  t.true(bytes.length > 1000)
})
