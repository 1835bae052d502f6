/** The size of a pixel by the resolution tags, in each unit that programs write; expected by arithmetic. */

import test from 'ava'
import { openBytes } from './open-buffer.js'
import { buildTiff, rgbPage } from './tiff-builder.js'

/** 4 to the µm is 0.25 µm. */
const cases: readonly (readonly [what: string, unit: number, perUnit: number, description: string, mpp: number | undefined])[] = [
  ['inch', 2, 101_600, '', 0.25],
  ['centimetre', 3, 40_000, '', 0.25],
  ['millimetre, as DNG and tifffile number it', 4, 4000, '', 0.25],
  ['micrometre, likewise', 5, 4, '', 0.25],
  ['no unit', 1, 4, '', undefined],
  ['an unknown one', 6, 4, '', undefined],
  ['micron of ImageJ', 1, 4, 'ImageJ=1.54f\nunit=micron\n', 0.25],
  ['µm of ImageJ', 1, 4, 'ImageJ=1.54f\nmin=0\nunit=\\u00B5m\nmax=9\n', 0.25],
  ['mm of ImageJ', 1, 4000, 'ImageJ=1.54f\nunit=mm', 0.25],
  ['pixel of ImageJ', 1, 4, 'ImageJ=1.54f\nunit=pixel\n', undefined],
  ['no unit of ImageJ', 1, 4, 'ImageJ=1.54f\nimages=1\n', undefined],
  // The tag has a unit of its own.
  ['centimetre, said by ImageJ, too', 3, 40_000, 'ImageJ=1.54f\nunit=cm\n', 0.25],
  ['the word elsewhere', 1, 4, 'made by hand\nunit=micron\n', undefined],
]

for (const [what, unit, perUnit, description, mpp] of cases) {
  test(`resolution tags: ${what}`, async (t) => {
    const extra = { 282: [perUnit, 1], 283: [perUnit, 1], 296: [unit], ...(description === '' ? {} : { 270: description }) }
    const { info } = await openBytes(t, buildTiff([rgbPage({ width: 64, height: 48, extra })]))
    t.deepEqual(info.mpp, mpp === undefined ? undefined : { x: mpp, y: mpp })
  })
}

test('resolution tags without a unit mean inches, which is told where that is no print', async (t) => {
  const warned = async (perUnit: number) =>
    (await openBytes(t, buildTiff([rgbPage({ width: 64, height: 48, extra: { 282: [perUnit, 1], 283: [perUnit, 1] } })]))).info
  const { mpp, warnings } = await warned(50_800)
  t.deepEqual(
    [mpp, warnings],
    [{ x: 0.5, y: 0.5 }, ['its resolution tags name no unit: inches are meant then, as TIFF has it; is it centimetres?']],
  )
  t.regex(
    (await warned(72)).warnings.join(),
    /^a pixel of 352\.8 x 352\.8 µm \(TIFF resolution tags\) is no microscope's [^;]*; give the right value as mpp$/,
  )
})
