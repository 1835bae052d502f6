/** A disk that is full, and one that cannot be read: what is told, what stays, and that the next run ends with the same bytes. */

import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { tempFolder } from '../../test/support/temp.js'
import { long } from '../long.js'
import { fill, mayMount, mountNeeded, smallDisk } from '../small-disk.js'
import { assertWhole, demoSlide, receiptsOf, resultsOf, runCli, runHere, writePipeline } from './harness.js'

const rooted = mayMount ? test.serial : test.serial.skip
if (!mayMount) console.warn(`${mountNeeded}: the tests of a full disk`)

rooted(
  'a disk that fills up, at any moment of a run: exit 4 by name, the committed stays, and with room the next run goes on',
  async (t) => {
    const folder = await tempFolder(t)
    const pipeline = await writePipeline(folder)
    t.is((await runHere(pipeline, path.join(folder, 'reference'))).code, 0)
    const expected = await resultsOf(path.join(folder, 'reference'))
    const needed = [...expected.values()].reduce((sum, { length }) => sum + length, 0) / 1024
    const disk = await smallDisk(t, folder, Math.ceil(needed * 6))
    const seen = new Set<string>()
    // From no room at all (the lock, the plan) over the journal and the tables to almost enough.
    for (const share of long ? [0, 0.03, 0.1, 0.25, 0.5, 0.75, 1, 1.25] : [0, 0.1, 1]) {
      const out = path.join(disk, `out-${share}`)
      await mkdir(out)
      const ballast = await fill(disk, Math.floor(needed * share))
      const ran = await runCli(pipeline, out)
      const what = `${Math.floor(needed * share)} of ${Math.ceil(needed)} KiB left`
      t.is(ran.code, 4, `${what}: ${ran.stderr}`)
      t.regex(ran.stderr, /DISK_FULL/, what)
      t.regex(ran.stderr, /room|space/, `${what}: says what to do`)
      const published = [...(await resultsOf(out)).keys()].filter((name) => !name.endsWith('.partial'))
      t.deepEqual(published, [], what)
      for (const name of await readdir(path.join(out, '.tiastream'), { recursive: true }).catch(() => [])) {
        if (name.endsWith('.journal')) seen.add('journal')
        if (name.endsWith('plan.json')) seen.add('plan')
      }
      await rm(ballast)
      const again = await runHere(pipeline, out)
      t.is(again.code, 0, `${what}, then room: ${again.stderr}`)
      await assertWhole(t, out, expected, what)
      const [receipt] = await receiptsOf(out)
      if (receipt!.patches.resumed > 0) seen.add('resumed')
      await rm(out, { recursive: true })
    }
    t.deepEqual([...seen].toSorted(), ['journal', 'plan', 'resumed'])
  },
)

rooted('a disk that fills up on the second slide leaves the first done', async (t) => {
  const folder = await tempFolder(t)
  await mkdir(path.join(folder, 'slides'))
  for (const name of ['a', 'b']) await copyFile(demoSlide, path.join(folder, `slides/${name}.tif`))
  const pipeline = await writePipeline(folder, { slides: '{ glob: "./slides/*.tif" }', runtime: '{ lanes: 1, slides: 1 }' })
  t.is((await runHere(pipeline, path.join(folder, 'reference'))).code, 0)
  const expected = await resultsOf(path.join(folder, 'reference'))
  const needed = [...expected.values()].reduce((sum, { length }) => sum + length, 0) / 1024
  const disk = await smallDisk(t, folder, Math.ceil(needed * 4))
  const ballast = await fill(disk, Math.floor(needed * 1.15))
  const out = path.join(disk, 'out')
  const ran = await runCli(pipeline, out)
  t.is(ran.code, 4, ran.stderr)
  t.deepEqual(
    (await receiptsOf(out)).map(({ slide, status }) => `${slide} ${status}`),
    ['a done'],
  )
  await rm(ballast)
  const again = await runHere(pipeline, out)
  t.is(again.code, 0, again.stderr)
  t.true(again.events.some((event) => event.type === 'slide.skipped' && event.slide === 'a'))
  await assertWhole(t, out, expected, 'two slides')
})

test.serial(
  'a disk error, wherever in a slide, fails that slide by name, the others are done, and the next run ends with the same bytes',
  async (t) => {
    const folder = await tempFolder(t)
    await mkdir(path.join(folder, 'slides'))
    for (const name of ['a', 'bad', 'c']) await copyFile(demoSlide, path.join(folder, `slides/${name}.tif`))
    const pipeline = await writePipeline(folder, {
      slides: '{ glob: "./slides/*.tif" }',
      grid: '{ size: 56 px, stride: 224 px, at: 1 mpp }',
      runtime: '{ lanes: 1, slides: 2 }',
    })
    t.is((await runHere(pipeline, path.join(folder, 'reference'))).code, 0)
    const expected = await resultsOf(path.join(folder, 'reference'))
    for (const [where, nth] of [
      ['its first byte', 1],
      ['its directories', 4],
      ['its tiles', 9],
    ] as const) {
      const out = path.join(folder, `out-${nth}`)
      const ran = await runCli(pipeline, out, { env: { TIASTREAM_TEST_READ: `eio:${nth}:bad.tif` } })
      t.is(ran.code, 1, `${where}: ${ran.stderr}`)
      const failed = ran.events.filter((event) => event.type === 'slide.failed')
      t.is(failed.length, 1, where)
      t.like(failed[0], { slide: 'bad', error: { family: 'SlideError', code: 'SLIDE_UNREADABLE' } }, where)
      t.regex(failed[0]!.error.message, /bad\.tif cannot be read: EIO/, where)
      t.deepEqual(
        [...(await resultsOf(out)).keys()],
        [...expected.keys()].filter((name) => !/(^|\/)bad\./.test(name)),
      )
      t.is((await runHere(pipeline, out)).code, 0, where)
      await assertWhole(t, out, expected, `after EIO on ${where}`)
    }
  },
)
