import path from 'node:path'
import test from 'ava'
import { openTiff } from '../../src/codecs/tiff-writer/writer.js'
import { scaleOf } from '../../src/readers/scale.js'
import { folderOf, openAt, refTo } from './open-buffer.js'

const file = { mpp: { x: 0.25, y: 0.26 }, mppSource: 'Aperio MPP', power: 40, powerSource: 'Aperio AppMag' }

test('the file is believed, and the user more, with a word where the two differ', (t) => {
  t.deepEqual(scaleOf(file, refTo('a')), { ...file, warnings: [] })
  t.deepEqual(scaleOf(file, refTo('a', 'slide', { mpp: 0.5 })), {
    ...file,
    mpp: { x: 0.5, y: 0.5 },
    mppSource: 'given in the list',
    warnings: ['an mpp of 0.5 is given, and counts; the file says a pixel of 0.25 x 0.26 µm (Aperio MPP)'],
  })
  t.deepEqual(scaleOf(file, refTo('a', 'slide', { mpp: 0.27 })).warnings, [])
  const { power, warnings } = scaleOf(file, refTo('a', 'slide', { power: 20 }))
  t.deepEqual([power, warnings], [20, ['a power of 20 is given, and counts; the file says 40 (Aperio AppMag)']])
  // What a print says is nobody's pixel.
  const print = { mpp: { x: 352.8, y: 352.8 }, mppSource: 'TIFF resolution tags' }
  t.deepEqual(scaleOf(print, refTo('a', 'slide', { mpp: 0.5 })).warnings, [])
})

test('pixels that are not square: the power comes from the mean, as TIAToolbox takes it', (t) => {
  // 10 / 0.1955 is 51, nearest to 60; TIAToolbox 2.1.3 says 60 of such a slide, and 10 / 0.23 alone would be 40.
  t.is(scaleOf({ mpp: { x: 0.23, y: 0.161 }, mppSource: 'a' }, refTo('a')).power, 60)
})

test('pixels and power that do not go together are both kept, and named', (t) => {
  const both = (mpp: number, power: number) => scaleOf({ mpp: { x: mpp, y: mpp }, mppSource: 'a', power, powerSource: 'b' }, refTo('a'))
  // 20 x objectives with 0.24 and 0.5 µm are sold; 0.25 mpp written as the power is a mistake, as are nm.
  for (const [mpp, power] of [
    [0.24, 20],
    [0.5, 20],
    [0.25, 40],
    [0.5, 40],
  ] as const)
    t.deepEqual(both(mpp, power).warnings, [])
  for (const [mpp, power] of [
    [0.25, 0.25],
    [0.25, 10],
    [2, 40],
  ] as const) {
    const { warnings, ...kept } = both(mpp, power)
    t.like(kept, { mpp: { x: mpp, y: mpp }, power })
    t.regex(warnings.join(), /do not go together/)
  }
  t.regex(
    scaleOf(file, refTo('a', 'slide', { mpp: 250 })).warnings.join(),
    /a pixel of 250 x 250 µm \(given in the list\) is no microscope's: mpp is in µm$/,
  )
})

test('a size of a pixel that is possible, and doubtful, counts and is told; one that makes a slide larger than any glass does not', (t) => {
  const told = (mpp: { x: number; y: number }, more = {}, size = { width: 60_000, height: 40_000 }) =>
    scaleOf({ mpp, mppSource: 'x', ...more }, refTo('a'), size)
  const square = (mpp: number) => ({ x: mpp, y: mpp })
  // vips tiffsave --xres in the wrong unit: ten times too small, ten times too large.
  t.regex(told(square(0.025)).warnings.join(), /^a pixel of 0\.025 x 0\.025 µm \(x\) is finer than those of scanners: is it too small\?$/)
  t.deepEqual(told(square(0.05), { power: 100, powerSource: 'b' }).warnings, [])
  t.regex(
    told(square(2.5)).warnings.join(),
    /^a pixel of 2\.5 x 2\.5 µm \(x\) makes a slide of 150 x 100 mm, and a glass is 76 x 26 mm: is it too large\?$/,
  )
  t.deepEqual(told(square(2)).warnings, [])
  t.regex(
    told({ x: 0.25, y: 0.5 }).warnings.join(),
    /^a pixel of 0\.25 x 0\.5 µm \(x\) is not square, as those of scanners are: is one side wrong\?$/,
  )
  t.deepEqual(told({ x: 0.25, y: 0.26 }).warnings, [])
  t.regex(told(square(1)).warnings.join(), /is what programs write that do not know it: is it right\?$/)
  t.deepEqual(told(square(1), { power: 10, powerSource: 'b' }).warnings, [])
  // A converter that took mm for m: 250000 µm.
  const huge = told(square(250_000), { meant: true, power: 40, powerSource: 'b' })
  t.deepEqual(huge.mpp, square(0.25))
  t.regex(
    huge.warnings.join(),
    /would make a slide of 1500\d* x 1000\d* mm, larger than any glass: it is ignored; give the right value as mpp$/,
  )
  t.deepEqual(
    scaleOf({ mpp: square(250_000), mppSource: 'x', meant: true }, refTo('a', 'slide', { mpp: 0.25 }), { width: 9000, height: 9 }).warnings,
    [],
  )
})

test('what another part of the file says of a pixel is told where it could be right', (t) => {
  const two = (x: number, y = x) =>
    scaleOf({ mpp: { x: 0.5, y: 0.5 }, mppSource: 'a', otherwise: { mpp: { x, y }, source: 'b' } }, refTo('a')).warnings
  t.deepEqual(two(0.25), ['a pixel of 0.5 x 0.5 µm (a) counts, and the file says a pixel of 0.25 x 0.25 µm, too (b)'])
  t.is(two(0.5, 0.25).length, 1)
  for (const mpp of [0.5, 0.52, 352.8, 0.001]) t.deepEqual(two(mpp), [])
})

test('one follows from the other by the rule of thumb, and says so', (t) => {
  // TIAToolbox: the power nearest to 10 / mpp.
  for (const [mpp, power] of [
    [0.25, 40],
    [0.5, 20],
    [0.7, 10],
    [0.1, 100],
    [0.234, 40],
  ] as const) {
    const found = scaleOf({ mpp: { x: mpp, y: mpp }, mppSource: 'x' }, refTo('a'))
    t.is(found.power, power, `${mpp}`)
    t.regex(found.powerSource!, /^estimated from/)
  }
  t.deepEqual(scaleOf({}, refTo('a', 'slide', { power: 40 })).mpp, { x: 0.25, y: 0.25 })
  t.deepEqual(scaleOf({}, refTo('a')), { warnings: [] })
})

test('pixels finer than any microscope sees are none either, unless the list says so, with a warning', (t) => {
  for (const mpp of [1e-5, 0.005, 0.019]) {
    const fine = { mpp: { x: mpp, y: mpp }, mppSource: 'OME PhysicalSizeX' }
    const found = scaleOf(fine, refTo('a'))
    t.is(found.mpp, undefined)
    t.is(found.power, undefined)
    t.regex(found.warnings.join(), /^a pixel of \S+ x \S+ µm \(OME PhysicalSizeX\) is no microscope's: it is ignored; give the right/)
    const given = scaleOf(fine, refTo('a', 'slide', { mpp }))
    t.is(given.mpp!.x, mpp)
    t.is(given.power, undefined)
    t.regex(given.warnings.join(), /^a pixel of \S+ x \S+ µm \(given in the list\) is no microscope's$/)
    t.deepEqual(scaleOf({ ...fine, power: 20 }, refTo('a')).mpp, { x: 0.5, y: 0.5 })
  }
  t.is(scaleOf({ mpp: { x: 0.25, y: 0.001 }, mppSource: 'x' }, refTo('a')).mpp, undefined)
  for (const mpp of [0.06, 0.25, 10]) t.deepEqual(scaleOf({ mpp: { x: mpp, y: mpp }, mppSource: 'x' }, refTo('a')).warnings, [])
})

test('a coarse resolution that was chosen for the picture is one, a too fine one never', (t) => {
  const own = (mpp: number) => scaleOf({ mpp: { x: mpp, y: mpp }, mppSource: 'x', meant: true }, refTo('a'))
  t.is(own(112).mpp!.x, 112)
  t.deepEqual(own(112).warnings, [])
  // No objective is that weak.
  t.is(own(112).power, undefined)
  t.is(own(0.001).mpp, undefined)
})

test('a picture of our own comes back with its resolution, that of another program does not where it looks like a print', async (t) => {
  const folder = await folderOf(t)
  for (const [software, mpp] of [
    ['tiastream 0.2.0', 112],
    ['other 0.2.0', undefined],
  ] as const) {
    const file = path.join(folder, `${software}.tif`)
    const picture = { width: 300, height: 20, samples: { kind: 'rgb' }, mpp: { x: 112, y: 112 }, software, pyramid: 'chain' } as const
    const writer = await openTiff(file, picture)
    for (let y = 0; y < 20; y++) await writer.write(new Uint8Array(900))
    await writer.finish()
    const { info } = await openAt(t, file)
    t.is(info.mpp && Math.round(info.mpp.x * 1e4) / 1e4, mpp, software)
    t.is(info.warnings.length, mpp === undefined ? 1 : 0, info.warnings.join())
  }
})

test('the resolution of a print is none, unless the list gives one', (t) => {
  // A print of so many pixels to the inch: 25400 µm each.
  for (const dpi of [72, 96, 150, 300, 600, 1200]) {
    const print = { mpp: { x: 25_400 / dpi, y: 25_400 / dpi }, mppSource: 'TIFF resolution tags' }
    const found = scaleOf(print, refTo('a'))
    t.is(found.mpp, undefined, `${dpi} dpi`)
    t.regex(found.warnings[0]!, /it is ignored/)
    t.deepEqual(scaleOf(print, refTo('a', 'slide', { mpp: 40 })).mpp, { x: 40, y: 40 })
    t.is(scaleOf({ ...print, power: 20 }, refTo('a')).warnings.length, 1)
  }
})
