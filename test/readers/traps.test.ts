/** Slides that mislead: what is refused, by which name; what is read with a warning. */

import { openSlide } from '../../src/readers/open.js'
import { sharedTest } from '../shared-data.js'
import { openAt, readOne, refTo } from './open-buffer.js'

const refused: readonly [file: string, code: string, message: RegExp][] = [
  ['wsi/aperio/jp2k_1chnl-crop.svs.tif', 'SLIDE_UNSUPPORTED', /16 bits a sample/],
  ['wsi/olympus/vsi-ets-test-jpg2k.vsi', 'SLIDE_UNSUPPORTED', /Olympus VSI/],
  ['wsi/olympus/_vsi-ets-test-jpg2k_/stack1/frame_t_0.ets', 'SLIDE_UNSUPPORTED', /Olympus VSI/],
  ['wsi/vectra/small_vectra.qptiff', 'SLIDE_UNSUPPORTED', /Akoya QPTIFF/],
  ['wsi/czi/s_1_t_1_c_1_z_1.czi', 'SLIDE_UNSUPPORTED', /Zeiss CZI slide with grey of 16 bits/],
  ['wsi/zarr/CMU-1-Small-Region-JPEG.zarr', 'SLIDE_UNSUPPORTED', /Zarr store without multiscales/],
  ['wsi/zarr/input9-v05.zarr', 'SLIDE_UNSUPPORTED', /pixels of the type "bool"/],
  ['wsi/zarr/bioformats2raw-data.zarr', 'SLIDE_UNSUPPORTED', /pixels of the type "\|i1"/],
  ['wsi/ometiff/largeimg-subifd-pyramid.ome.tiff', 'SLIDE_UNSUPPORTED', /2 separate channels/],
  ['wsi/ometiff/multi-channel.ome.tif', 'SLIDE_UNSUPPORTED', /3 separate channels/],
  ['wsi/ometiff/qupath/cells-2z.ome.tif', 'SLIDE_UNSUPPORTED', /stack of 2 planes/],
  ['wsi/ometiff/viv-multifile/multifile-Z1.ome.tiff', 'SLIDE_UNSUPPORTED', /multi-file OME-TIFF/],
  ['wsi/tiff/BigTIFFSubIFD4.tif', 'SLIDE_UNSUPPORTED', /2 pages of the same size/],
  ['wsi/tiff/subsubifds.tif', 'SLIDE_UNSUPPORTED', /3 pages of the same size/],
  ['wsi/tiff/orientation/test_orient5.tif', 'SLIDE_UNSUPPORTED', /orientation 5/],
  ['wsi/tiff/orientation/test_orient1.tif', 'SLIDE_UNSUPPORTED', /one grey channel/],
  ['hostile/wsi/unopenable.tiff', 'SLIDE_UNSUPPORTED', /compression 52479 \(unknown\)/],
  ['hostile/wsi/mirax-stub/Mirax2-Fluorescence-1.mrxs', 'SLIDE_MALFORMED', /Index.dat/],
  ['models/mnist', 'SLIDE_UNSUPPORTED', /is a folder/],
  ['README.md', 'SLIDE_UNSUPPORTED', /no slide or picture we know/],
]

for (const [file, code, message] of refused) {
  sharedTest(`refused by name: ${file}`, [file], async (t, uri) => {
    await t.throwsAsync(openSlide(refTo(uri!)), { name: 'SlideError', code, message })
  })
}

sharedTest(
  'a slide that opens and whose tiles do not decode: the error is the picture’s',
  ['hostile/wsi/unreadable.svs'],
  async (t, uri) => {
    const slide = await openAt(t, uri!)
    const request = { region: { x: 0, y: 0, width: 16, height: 16 }, width: 16, height: 16 }
    const outside = { ...request, region: { ...request.region, x: 1000 } }
    const out = [new Uint8Array(768), new Uint8Array(768)]
    const [error, none] = await slide.read([request, outside], out)
    t.is((error as { code?: string }).code, 'TILE_UNDECODABLE')
    t.regex(error!.message, /tile \(0, 0\) of level 0/)
    t.is(none, null)
    t.true(out[1]!.every((v) => v === 255))
  },
)

const resolutions: readonly [file: string, mpp: number | undefined, source: string | undefined, warns: boolean][] = [
  ['wsi/aperio/CMU-1-Small-Region.svs', 0.499, 'Aperio MPP', false],
  ['wsi/ometiff/OS-2-ndpi.ome.tif', 0.2270972430394695, 'OME PhysicalSizeX', false],
  ['wsi/tiff/XYC-half-mpp.tiff', 0.5, 'TIFF resolution tags', false],
  ['wsi/tiff/CMU-1-Small-Region.jpeg.tiff', undefined, undefined, true], // 0.00499 µm
  ['wsi/tiff/panimg-valid_tiff.tif', undefined, undefined, true],
  ['wsi/tiff/slaid-test.tif', undefined, undefined, false],
]

for (const [file, mpp, source, warns] of resolutions) {
  sharedTest(`the size of a pixel, and who says so: ${file}`, [file], async (t, uri) => {
    const { info } = await openAt(t, uri!)
    if (mpp === undefined) t.is(info.mpp, undefined)
    else t.true(Math.abs(info.mpp!.x / mpp - 1) < 1e-6, `${info.mpp?.x}`)
    t.is(info.mppSource, source)
    t.is(
      info.warnings.some((w) => w.includes('is no microscope')),
      warns,
    )
  })
}

sharedTest('what the user says of a slide wins', ['wsi/tiff/CMU-1-Small-Region.jpeg.tiff'], async (t, uri) => {
  const { info } = await openAt(t, uri!, 'slide', {}, { mpp: 0.499, power: 20 })
  t.deepEqual(info.mpp, { x: 0.499, y: 0.499 })
  t.is(info.mppSource, 'given in the list')
  t.is(info.power, 20)
  t.deepEqual(info.warnings, [])
})

sharedTest('an image smaller than its tile: the rest is white', ['wsi/aperio/small.svs'], async (t, uri) => {
  const slide = await openAt(t, uri!)
  const out = await readOne(slide, { region: { x: 0, y: 0, width: 64, height: 64 }, width: 64, height: 64 })
  t.notDeepEqual([...out.subarray(15 * 3, 16 * 3)], [255, 255, 255])
  t.deepEqual([...out.subarray(16 * 3, 17 * 3)], [255, 255, 255])
  t.deepEqual([...out.subarray(16 * 64 * 3, 16 * 64 * 3 + 3)], [255, 255, 255])
})
