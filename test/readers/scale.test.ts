import test from 'ava'
import { scaleOf } from '../../src/readers/scale.js'
import { refTo } from './open-buffer.js'

const file = { mpp: { x: 0.25, y: 0.26 }, mppSource: 'Aperio MPP', power: 40, powerSource: 'Aperio AppMag' }

test('the file is believed, and the user more', (t) => {
  t.deepEqual(scaleOf(file, refTo('a')), { ...file, warnings: [] })
  t.deepEqual(scaleOf(file, refTo('a', 'slide', { mpp: 0.5 })), {
    ...file,
    mpp: { x: 0.5, y: 0.5 },
    mppSource: 'given in the list',
    warnings: [],
  })
  t.is(scaleOf(file, refTo('a', 'slide', { power: 20 })).power, 20)
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

test('pixels too fine are kept but warned of, and no power is made of them', (t) => {
  const found = scaleOf({ mpp: { x: 0.005, y: 0.005 }, mppSource: 'TIFF resolution tags' }, refTo('a'))
  t.is(found.mpp!.x, 0.005)
  t.is(found.power, undefined)
  t.regex(found.warnings[0]!, /a pixel of 0.005 x 0.005 µm \(TIFF resolution tags\) is no microscope's/)
  for (const mpp of [0.01, 0.25, 10]) t.deepEqual(scaleOf({ mpp: { x: mpp, y: mpp }, mppSource: 'x' }, refTo('a')).warnings, [])
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
