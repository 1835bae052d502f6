/** OpenSlide as a reader: what it says is believed call by call, versions with holes are left alone, and where there is none everybody is told so. */

import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { ndpiOf, tinyNdpi } from '../../fixtures/ndpi.js'
import { writeVms } from '../../fixtures/vms.js'
import { CodecError } from '../../src/codecs/types.js'
import type { SlideRef } from '../../src/core/slide.js'
import { openSlide } from '../../src/readers/open.js'
import { openWith } from '../../src/readers/open-with.js'
import { OpenSlideHandle } from '../../src/readers/openslide/handle.js'
import { countLevels, movedBy } from '../../src/readers/openslide/levels.js'
import { type OpenSlideLibrary, openSlideLibrary } from '../../src/readers/openslide/library.js'
import { argbOnWhite } from '../../src/readers/openslide/pixels.js'
import { openSlideReader } from '../../src/readers/openslide/reader.js'
import { holeIn } from '../../src/readers/openslide/versions.js'
import { sharedTest } from '../shared-data.js'
import { cut, fileOf, folderOf, readLevel, refTo, same } from './open-buffer.js'

const library = await openSlideLibrary()
const here = typeof library !== 'string'
if (!here) console.warn(`SKIPPED (${library}): slides as OpenSlide reads them`)
/** Only where OpenSlide is. */
const withOpenSlide = here ? test : test.skip

const auto = (uri: string): SlideRef => refTo(uri, 'slide', { readers: { openslide: 'auto' } })

test('versions with known holes are not used', (t) => {
  for (const version of ['4.0.1', '4.0.12', '4.1.0', '5.0.0']) t.is(holeIn(version, null), null, version)
  for (const version of ['4.0.0', '3.4.1', '3.4.0', '', 'nonsense']) t.regex(holeIn(version, null)!, /CVE-2026-48977/, version)
  t.is(holeIn('3.4.1', '3.4.1+dfsg-6+deb12u1'), null)
  t.is(holeIn('3.4.1', '3.4.1+dfsg-6+deb12u12'), null)
  for (const debian of ['3.4.1+dfsg-6', '3.4.1+dfsg-6+deb12u0', '3.4.1+dfsg-5']) t.regex(holeIn('3.4.1', debian)!, /4\.0\.1/, debian)
  t.regex(holeIn('4.0.0', '3.4.1+dfsg-6+deb12u1')!, /4\.0\.1/)
})

test('premultiplied colours are laid on white', (t) => {
  const argb = Uint32Array.of(0xff010203, 0x00000000, 0x80402010, 0x80ffffff)
  const rgb = new Uint8Array(12)
  argbOnWhite(argb, rgb, 4)
  // 127 is what 128 of 255 let through of white; of the last the colours are more than alpha allows.
  t.deepEqual([...rgb], [1, 2, 3, 255, 255, 255, 64 + 127, 32 + 127, 16 + 127, 255, 255, 255])
})

/** A library of one slide that fails when it is told to, and from then on, as OpenSlide does. */
function fake({ factors = [1] as readonly number[], opens = true } = {}) {
  const log: string[] = []
  const state = { fail: false }
  const slides: { error: string | null; closed: boolean }[] = []
  const own = (slide: unknown) => slides[slide as number]!
  const lib: OpenSlideLibrary = {
    place: 'fake',
    version: '9.9.9',
    detect_vendor: () => 'fake',
    open: () => {
      log.push('open')
      return slides.push({ error: opens ? null : 'no such slide', closed: false }) - 1
    },
    close: (slide) => {
      log.push('close')
      own(slide).closed = true
    },
    get_error: (slide) => own(slide).error,
    get_level_count: () => factors.length,
    get_level_dimensions: (_, level, width, height) => {
      width[0] = BigInt(Math.floor(4000 / factors[level]!))
      height[0] = BigInt(Math.floor(2000 / factors[level]!))
    },
    get_level_downsample: (_, level) => factors[level]!,
    get_property_value: () => null,
    read_region: (slide, argb) => {
      if (state.fail) own(slide).error = 'broken tile'
      argb.fill(own(slide).error === null ? 0xff112233 : 0)
    },
    associated_names: () => [],
    get_associated_image_dimensions: () => undefined,
    read_associated_image: () => undefined,
    keep: () => {
      log.push('keep')
    },
  }
  return { lib, log, state, slides }
}

test('after an error the slide is closed, and opened again when it is needed', (t) => {
  const { lib, log, state, slides } = fake()
  const handle = new OpenSlideHandle(lib, 'x')
  const read = () => {
    const argb = new Uint32Array(1)
    handle.ask((own, slide) => own.read_region(slide, argb, 0, 0, 0, 1, 1))
    return argb[0]
  }
  t.is(read(), 0xff112233)
  state.fail = true
  // Zeros, which would be glass.
  t.throws(read, { instanceOf: CodecError, message: /broken tile/ })
  state.fail = false
  t.is(read(), 0xff112233)
  handle.close()
  t.throws(read, { instanceOf: CodecError })
  t.deepEqual(log, ['open', 'keep', 'close', 'open', 'keep', 'close'])
  t.true(slides.every(({ closed }) => closed))
})

test('a slide that does not open says why, and is not left open', (t) => {
  const { lib, slides } = fake({ opens: false })
  const handle = new OpenSlideHandle(lib, 'x')
  t.throws(() => handle.ask(() => 1), { message: /no such slide/ })
  t.true(slides.every(({ closed }) => closed))
})

test('levels: a whole factor in tiles, any other as one tile where that is no larger than 4 million pixels', (t) => {
  const { lib } = fake({ factors: [1, 1.25, 2, 2.5] })
  const levels = countLevels(lib, 0)
  t.deepEqual(
    levels.map(({ level }) => [level.width, level.tile.width, level.tile.height, level.downsample.x]),
    [
      [4000, 512, 512, 1],
      [3200, 512, 512, 1.25],
      [2000, 512, 512, 2],
      [1600, 1600, 800, 2.5],
    ],
  )
  t.deepEqual(levels.flatMap(movedBy), ['level 1 is 1/1.25 of level 0: OpenSlide moves its pixels by parts of one'])
})

test('a VMS slide is refused by name, with the way out', async (t) => {
  const file = await writeVms(await folderOf(t))
  const error = await t.throwsAsync(openSlide(refTo(file)), { code: 'SLIDE_UNSUPPORTED', message: /Hamamatsu VMS/ })
  t.regex((error as { hint?: string }).hint!, /readers: \{ openslide: auto \}/)
})

withOpenSlide('a VMS slide, which OpenSlide alone knows: sizes, resolution, the macro, and the pixels of its JPEGs', async (t) => {
  const folder = await folderOf(t)
  const slide = await openSlide(auto(await writeVms(folder)))
  t.teardown(() => slide.close())
  t.is(slide.info.vendor, 'hamamatsu')
  t.regex(slide.info.compression, /^OpenSlide \d/)
  t.deepEqual([slide.info.width, slide.info.height], [96, 64])
  t.true(Math.abs(slide.info.mpp!.x - 0.25) < 1e-9)
  t.deepEqual(slide.info.associated, ['macro'])
  same(t, await readLevel(slide, 0), (await tinyNdpi()).levels[0].shown.data)
  t.is((await slide.associated('macro')).width, 48)
  t.is(slide.counts().tilesDecoded, 1)
  const { identity } = slide
  // Who it is follows from the pictures, too.
  await writeFile(path.join(folder, 'macro.jpg'), Buffer.concat([(await tinyNdpi()).pages[2]!.data, Buffer.alloc(9)]))
  const changed = await openSlide(auto(path.join(folder, 'slide.vms')))
  t.teardown(() => changed.close())
  t.not(changed.identity.head, identity.head)
})

withOpenSlide('a VMS slide that names a file elsewhere is refused before OpenSlide sees it', async (t) => {
  const file = await writeVms(await folderOf(t))
  await writeFile(file, (await readFile(file, 'utf8')).replace('image.jpg', '../image.jpg'))
  await t.throwsAsync(openSlide(auto(file)), { code: 'SLIDE_MALFORMED', message: /does not lie beside it/ })
})

withOpenSlide('auto leaves to tiastream what it reads itself; always asks OpenSlide first', async (t) => {
  const file = await fileOf(t, ndpiOf((await tinyNdpi()).pages), 'a.ndpi')
  for (const [openslide, compression] of [
    ['never', /^jpeg$/],
    ['auto', /^jpeg$/],
    ['always', /^OpenSlide/],
  ] as const) {
    const slide = await openSlide(refTo(file, 'slide', { readers: { openslide } }))
    t.regex(slide.info.compression, compression)
    t.like(slide.info.glass, { x: 48 + 1200 / 500, nm: { x: 500, y: 500 } })
    same(t, await readLevel(slide, 0), (await tinyNdpi()).levels[0].shown.data)
    await slide.close()
  }
})

withOpenSlide('what OpenSlide does not know is refused by its name', async (t) => {
  const gif = await fileOf(t, Buffer.from('GIF89a and more'), 'a.gif')
  await t.throwsAsync(openSlide(auto(gif)), { code: 'SLIDE_UNSUPPORTED', message: /a GIF picture/ })
  const text = await fileOf(t, Buffer.from('a letter'), 'a.txt')
  await t.throwsAsync(openSlide(auto(text)), { code: 'SLIDE_UNSUPPORTED', message: /no slide or picture we know/ })
  await t.throwsAsync(openWith([openSlideReader], text), { code: 'SLIDE_UNSUPPORTED', message: /no slide that OpenSlide knows/ })
})

if (here) {
  sharedTest('a damaged tile is that tile’s error: those that are read after it are right', ['wsi/made/small.ndpi'], async (t, uri) => {
    const bytes = await readFile(uri)
    // Within the picture of level 0, which begins at byte 12.
    bytes.fill(0xff, 100_000, 100_040)
    const slide = await openSlide(refTo(await fileOf(t, bytes, 'damaged.ndpi'), 'slide', { readers: { openslide: 'always' } }))
    const sound = await openSlide(refTo(uri))
    t.teardown(async () => {
      await slide.close()
      await sound.close()
    })
    let [failed, right] = [0, 0]
    for (let at = 0; at < 8; at++) {
      const place = [(at % 4) * 512, Math.floor(at / 4) * 512, 512, 512] as const
      try {
        same(t, await cut(slide, ...place), await cut(sound, ...place), `tile ${at}`)
        right++
      } catch (error) {
        t.like(error, { code: 'TILE_UNDECODABLE' })
        t.regex((error as Error).message, /OpenSlide says: /)
        failed++
      }
    }
    t.deepEqual([failed, right], [1, 7])
  })
}

withOpenSlide('a slide that is broken: the error is OpenSlide’s, and the slide’s', async (t) => {
  const folder = await folderOf(t)
  const file = await writeVms(folder)
  await writeFile(path.join(folder, 'image.jpg'), 'no picture')
  await t.throwsAsync(openSlide(auto(file)), { code: 'SLIDE_MALFORMED', message: /OpenSlide says: / })
})
