/** Huron, Argos and QPTIFF files that are not as they should be. */

import test from 'ava'
import { openBytes } from './open-buffer.js'
import { buildTiff, type PageSpec, rgbPage } from './tiff-builder.js'

const page = (extra: PageSpec['tags'] = {}) => rgbPage({ width: 64, height: 48, extra })
const half = (extra: PageSpec['tags'] = {}) => rgbPage({ width: 32, height: 24, extra })

test('Huron: without a description and a resolution it is read all the same; tiled pages of another shape are left out', async (t) => {
  const { info } = await openBytes(t, buildTiff([page({ 271: 'Huron LE' }), half(), rgbPage({ width: 16, height: 48 })]))
  t.is(info.vendor, 'huron')
  t.is(info.levels.length, 2)
  t.is(info.mpp, undefined)
  t.regex(info.warnings.join(), /1 tiled page is no smaller picture of the first/)
  await t.throwsAsync(openBytes(t, buildTiff([page({ 271: 'Huron LE' }), page()])), { code: 'SLIDE_UNSUPPORTED', message: /same size/ })
})

const argos = (inside: string) => ({ 65000: `<?xml version="1.0"?><Argos.Scan.Metadata>${inside}</Argos.Scan.Metadata>` })

test('Argos: one focal plane needs no names, several do, and all that are named must be there', async (t) => {
  const { info } = await openBytes(t, buildTiff([page(argos('')), half()]))
  t.is(info.vendor, 'argos')
  t.deepEqual([info.levels.length, info.warnings.length], [2, 0])
  for (const inside of ['', '<MinZ>1</MinZ><MaxZ>0</MaxZ>', '<MinZ>a</MinZ><MaxZ>b</MaxZ>']) {
    await t.throwsAsync(openBytes(t, buildTiff([page(argos(inside)), half(), page(), half()])), {
      code: 'SLIDE_UNSUPPORTED',
      message: /2 focal planes that does not say which/,
    })
  }
  await t.throwsAsync(openBytes(t, buildTiff([page(argos('<MinZ>-9</MinZ><MaxZ>9</MaxZ>')), half()])), {
    code: 'SLIDE_MALFORMED',
    message: /1 focal planes, fewer/,
  })
  await t.throwsAsync(openBytes(t, buildTiff([page({ 65000: '<Argos.Scan.Metadata><MinZ>' })])), {
    code: 'SLIDE_MALFORMED',
    message: /cut off/,
  })
})

const qpi = (type: string, more = '') => ({
  270: `<PerkinElmer-QPI-ImageDescription><ImageType>${type}</ImageType>${more}</PerkinElmer-QPI-ImageDescription>`,
})

test('QPTIFF: the overview may be larger than the scan, and pages of another kind are no levels', async (t) => {
  const { info } = await openBytes(
    t,
    buildTiff([half(qpi('FullResolution')), page(qpi('Overview')), rgbPage({ width: 16, height: 12, extra: qpi('Thumbnail') })]),
  )
  t.deepEqual([info.width, info.levels.length], [32, 1])
  t.deepEqual(info.associated, ['macro', 'thumbnail'])
})

test('QPTIFF: fluorescence is refused by name, with its stains', async (t) => {
  const grey = (name: string) => ({ ...page({ ...qpi('FullResolution', `<Name>${name}</Name>`), 258: [8], 262: [1], 277: [1] }) })
  const error = await t.throwsAsync(openBytes(t, buildTiff([grey('DAPI'), grey('Opal 520')])), {
    code: 'SLIDE_UNSUPPORTED',
    message: /fluorescence slide of Akoya QPTIFF \(PerkinElmer\): it has 2 channels \(DAPI, Opal 520\)/,
  })
  t.regex((error as { hint?: string }).hint!, /channels/)
  await t.throwsAsync(openBytes(t, buildTiff([page(qpi('FullResolution')), page(qpi('FullResolution'))])), {
    code: 'SLIDE_UNSUPPORTED',
    message: /2 channels/,
  })
  await t.throwsAsync(openBytes(t, buildTiff([page(qpi('Label'))])), {
    code: 'SLIDE_UNSUPPORTED',
    message: /without a page of ImageType FullResolution/,
  })
})
