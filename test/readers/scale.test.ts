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

test('absurd pixels are kept but warned of, and no power is made of them', (t) => {
  for (const mpp of [0.005, 1000]) {
    const found = scaleOf({ mpp: { x: mpp, y: mpp }, mppSource: 'TIFF resolution tags' }, refTo('a'))
    t.is(found.mpp!.x, mpp)
    t.is(found.power, undefined)
    t.regex(found.warnings[0]!, new RegExp(`a pixel of ${mpp} x ${mpp} µm \\(TIFF resolution tags\\) is no microscope's`))
  }
  for (const mpp of [0.01, 0.25, 100]) t.deepEqual(scaleOf({ mpp: { x: mpp, y: mpp }, mppSource: 'x' }, refTo('a')).warnings, [])
})
