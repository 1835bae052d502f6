/** TIFFs that would be read as another picture: refused by name, with a way out; and what only looks like one of them is read. */

import test from 'ava'
import type { SlideError } from '../../src/core/errors.js'
import { sharedTest } from '../shared-data.js'
import { cut, fileOf, openAt, openBytes, same } from './open-buffer.js'
import { buildTiff, type PageSpec, pixels, rgbPage } from './tiff-builder.js'

const page = (extra: PageSpec['tags'] = {}) => rgbPage({ width: 64, height: 48, extra })
const small = (extra: PageSpec['tags'] = {}) => rgbPage({ width: 32, height: 24, extra })
/** The small page's size, in one strip of another picture. */
const strip = (subfile: number): PageSpec => ({
  tags: { 254: [subfile], 256: [32], 257: [24], 258: [8, 8, 8], 259: [1], 262: [2], 277: [3], 278: [24], 284: [1] },
  tiles: [Buffer.alloc(32 * 24 * 3, 9)],
})

const aperio = 'Aperio Image Library v11\r\n64x48|AppMag = 20|MPP = 0.5'

/** Each mark is tried on the second page and on a SubIFD; on the first one, too, unless the format is read there. */
const marks: readonly [what: string, tags: PageSpec['tags'], name: RegExp, read?: 'read'][] = [
  ['NDPI', { 65420: [1] }, /Hamamatsu NDPI/, 'read'],
  ['Philips, Software', { 305: 'Philips DP v1.0' }, /Philips TIFF/],
  ['Philips, XML', { 270: '<DataObject ObjectType="DPUfsImport"/>' }, /Philips TIFF/],
  ['SCN of 2010/10', { 270: '<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01">' }, /Leica SCN/, 'read'],
  ['SCN of 2010/03', { 270: '<scn xmlns="http://www.leica-microsystems.com/scn/2010/03/10">' }, /Leica SCN/, 'read'],
  ['BIF, XMP', { 700: '<?xml version="1.0"?><Metadata><iScan Magnification="40"/></Metadata>' }, /Ventana BIF/, 'read'],
  ['BIF, a level', { 270: 'level=0 mag=40 quality=95' }, /Ventana BIF/],
  ['BIF, Software', { 305: 'ScanOutputManager 1.1.0.15854' }, /Ventana BIF/],
  ['Trestle, Software', { 305: 'MedScan 1.0' }, /Trestle TIFF/, 'read'],
  ['Trestle, overlaps', { 270: 'Objective Power=20;OverlapsXY=64 64 32 32 ;' }, /Trestle TIFF/, 'read'],
  ['QPTIFF, Software', { 305: 'PerkinElmer-QPI' }, /QPTIFF/],
  ['LSM', { 34412: [1, 2, 3, 4] }, /Zeiss LSM/],
  ['STK', { 33629: [1, 2, 3, 4, 5, 6] }, /MetaMorph STK/],
  ['ImageDepth', { 32997: [3] }, /ImageDepth/],
  ['TileDepth', { 32998: [2] }, /ImageDepth/],
]

for (const [what, tags, message, read] of marks) {
  test(`refused by name, on any page: ${what}`, async (t) => {
    const first = read === undefined ? [[page(tags), small()]] : []
    for (const pages of [...first, [page(), small({ 254: [1], ...tags })], [{ ...page(), subs: [small(tags)] }]]) {
      const error = await t.throwsAsync(openBytes(t, buildTiff(pages)), { code: 'SLIDE_UNSUPPORTED', message })
      t.truthy((error as { hint?: string }).hint)
    }
  })
}

test('two tiled pages of the same size in an Aperio file are a stack', async (t) => {
  const bytes = buildTiff([page({ 270: aperio }), page({ 270: 'Aperio Image Library' })])
  await t.throwsAsync(openBytes(t, bytes), { code: 'SLIDE_UNSUPPORTED', message: /2 pages of the same size/ })
})

const whole = async (t: Parameters<typeof openBytes>[0], bytes: Buffer) => {
  const slide = await openBytes(t, bytes)
  same(t, await cut(slide, 0, 0, 64, 48), pixels(0, 0, 64, 48))
  return slide.info
}

// OpenSlide 4.0.1 says so of the same bytes: one level, the others are label and macro.
test('a label in strips that is marked as reduced, and a macro (NewSubfileType 9), are no levels of a tiled slide', async (t) => {
  for (const subfile of [1, 9]) {
    const { levels } = await whole(t, buildTiff([page({ 271: 'Huron LE' }), strip(subfile)]))
    t.is(levels.length, 1, `${subfile}`)
  }
  const { levels } = await whole(t, buildTiff([page(), small({ 254: [9] })]))
  t.is(levels.length, 1)
  // What is marked rightly stays a level.
  t.is((await whole(t, buildTiff([page({ 271: 'Huron LE' }), small({ 254: [1] })]))).levels.length, 2)
})

test('frames without a page are not passed over, where the file has the bytes for them', async (t) => {
  const frame = 64 * 48 * 3
  const stacks = ['ImageJ=1.53t\nimages=5\nslices=5\n', '{"shape": [5, 48, 64, 3]}', '{"shape": [5, 1, 48, 64, 3], "axes": ""}']
  for (const description of stacks) {
    const one = buildTiff([page({ 270: description })])
    const five = Buffer.concat([one, Buffer.alloc(4 * frame)])
    await t.throwsAsync(openBytes(t, five), { code: 'SLIDE_UNSUPPORTED', message: /stack of 5 pictures, of which 1 has a page/ })
    await whole(t, one)
  }
  for (const description of [
    'ImageJ=1.53t\nunit=micron\n',
    '{"shape": [48, 64, 3]}',
    '{"shape": [96, 128, 3]}',
    '{"shape": [3, 48, 64]}',
  ]) {
    await whole(t, Buffer.concat([buildTiff([page({ 270: description })]), Buffer.alloc(4 * frame)]))
  }
})

test('what only resembles a mark is read', async (t) => {
  for (const tags of [{ 32997: [1] }, { 65000: 'another program’s' }, { 65000: [7, 8, 9] }, { 305: 'for Philips' }, { 271: 'Hamamatsu' }]) {
    await whole(t, buildTiff([page(tags)]))
  }
})

/** By first bytes, from the descriptions of the formats, or by name. */
const others: readonly [name: string, bytes: string | readonly number[], message: RegExp][] = [
  ['a.svslide', 'SQLite format 3\0', /Sakura/],
  ['a.db', 'SQLite format 3\0', /an SQLite database/],
  ['a.vms', '[Virtual Microscope Specimen]\nNoLayers=1', /Hamamatsu VMS/],
  ['a.vmu', '[Uncompressed Virtual Microscope Specimen]\n', /Hamamatsu VMS/],
  ['a.lif', [0x70, 0, 0, 0, 0x20, 0, 0, 0, 0x2a, 0, 0, 0], /Leica LIF/],
  ['a.nd2', [0xda, 0xce, 0xbe, 0x0a, 0xf0, 0, 0, 0], /Nikon ND2/],
  ['a.isyntax', '<DataObject ObjectType="DPUfsImport">', /iSyntax/],
  ['b.isyntax', '<?xml version="1.0"?><DataObject>', /iSyntax/],
  ['a.dcm', [0x08, 0, 0x05, 0, 0x43, 0x53], /no DICM at byte 128/],
  ['a.oib', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], /Olympus OIB, Zeiss ZVI/],
  ['a.jxl', [0xff, 0x0a, 0xfa], /JPEG XL/],
  ['a.avif', '\0\0\0 ftypavif', /HEIC or AVIF/],
  ['a.gif', 'GIF89a', /GIF/],
  ['a.svs', 'version https://git-lfs.github.com/spec/v1\noid sha256:', /Git LFS/],
  ['b.svs', '\n<!DOCTYPE html><html>', /a web page/],
  ['c.svs', '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>', /answer in XML/],
  ['d.svs', ' {"error":{"code":404}}', /answer in JSON/],
  ['a.svs.bz2', 'BZh91AY&SY', /bzip2/],
  ['a.svs.xz', '\xfd7zXZ\0', /an xz archive/],
  ['a.svs.zst', [0x28, 0xb5, 0x2f, 0xfd], /Zstandard/],
  ['a.7z', '7z\xbc\xaf\x27\x1c', /7-Zip/],
  ['a.rar', 'Rar!\x1a\x07\0', /RAR/],
  ['a.tar', `in/a.svs${'\0'.repeat(92)}0000644\x000001750\x00`, /tar archive/],
  ['._a.svs', [0, 5, 0x16, 7, 0, 2], /AppleDouble/],
  ['e.svs', '\0'.repeat(300), /only zeros at its beginning/],
]

for (const [name, bytes, message] of others) {
  test(`refused by name, with a way out: ${name}, ${message.source}`, async (t) => {
    const file = await fileOf(t, typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes), name)
    const error = await t.throwsAsync(openAt(t, file), { code: 'SLIDE_UNSUPPORTED', message })
    if (!name.endsWith('.db')) t.truthy((error as { hint?: string }).hint)
  })
}

test('OME-TIFFs that are no one picture in colour say what helps', async (t) => {
  const channels = (n: number) => '<Channel Name="CD3"/>'.repeat(n)
  for (const [pixels, message, hint] of [
    [`SizeC="2" SizeZ="1">${channels(2)}`, /2 separate channels/, /no colours/],
    [`SizeC="3" SizeZ="1">${channels(3)}`, /3 separate channels/, /red, green and blue/],
    [`SizeC="3" SizeZ="4"><Channel SamplesPerPixel="3"/>`, /stack of 4 planes/, /bfconvert -z 0/],
    [`SizeC="3" SizeZ="1" SizeT="9"><Channel SamplesPerPixel="3"/>`, /series of 9/, /-timepoint 0/],
  ] as const) {
    const file = buildTiff([page({ 270: `<OME><Image><Pixels SizeX="64" SizeY="48" ${pixels}</Pixels></Image></OME>` })])
    const error = await t.throwsAsync(openBytes(t, file), { code: 'SLIDE_UNSUPPORTED', message })
    t.regex((error as { hint?: string }).hint ?? '', hint)
  }
})

const shared: readonly [file: string, name: RegExp][] = [
  ['wsi/made/sakura.svslide', /Sakura/],
  ['wsi/made/vms/slide.vms', /Hamamatsu VMS/],
  ['wsi/vectra/small_vectra.qptiff', /QPTIFF/],
  ['wsi/olympus/vsi-ets-test-jpg2k.vsi', /Olympus VSI/],
]

for (const [file, message] of shared) {
  sharedTest(`refused by name: ${file}`, [file], async (t, uri) => {
    const error = await t.throwsAsync(openAt(t, uri), { code: 'SLIDE_UNSUPPORTED', message })
    t.truthy((error as { hint?: string }).hint)
  })
}

/** Slides that nobody here reads: what is said of the way out. */
const waysOut: readonly [name: string, begins: string, message: RegExp, hint: RegExp][] = [
  ['a.isyntax', 'anything', /an iSyntax slide/, /isyntax2raw/],
  ['a.dat', '<DataObject ObjectType="DPUfsImport">', /an iSyntax slide/, /OME-TIFF/],
  ['a.kfb', 'anything', /a KFBio slide \(KFB\)/, /export it as SVS, TIFF or DICOM/],
  ['a.tmap', 'anything', /a Unic slide \(TMAP\)/, /export it as SVS, TIFF or DICOM/],
  ['a.afi', '<?xml version="1.0"?><ImageList/>', /the channels of an Aperio fluorescence slide \(AFI\)/, /fluorescence is not read/],
  ['a.ndpis', '[NanoZoomer Digital Pathology Image Set]', /a list of Hamamatsu slides \(NDPIS\)/, /the \.ndpi files that it lists/],
  ['a.xml', '<?xml version="1.0"?><Slide/>', /no slide or picture we know \(it begins with "<\?xml version/, /NDPI, MRXS/],
  ['a.SDPC', 'anything', /a Sqray slide \(SDPC\)/, /export it as SVS, TIFF or DICOM/],
  ['a.mds', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', /a Motic slide \(MDS\)/, /export it as SVS, TIFF or DICOM/],
  ['a.zvi', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', /a compound file/, /bfconvert/],
  ['a.companion.ome', '<?xml version="1.0"?><OME/>', /OME-XML/, /bfconvert/],
  ['a.dzi', '<?xml version="1.0"?><Image/>', /a Deep Zoom picture/, /the slide it was made of/],
  ['frame_t_0.ets', 'SIS\0', /Olympus VSI/, /bfconvert/],
]

for (const [name, begins, message, hint] of waysOut)
  test(`the way out is told: ${name} that begins with ${JSON.stringify(begins.slice(0, 12))}`, async (t) => {
    const uri = await fileOf(t, Buffer.from(begins.padEnd(300, '\0'), 'latin1'), name)
    const error = await t.throwsAsync<SlideError>(openAt(t, uri), { code: 'SLIDE_UNSUPPORTED', message })
    t.regex(error.hint ?? '', hint)
  })

test('a VSI is refused by name: its pixels lie elsewhere', async (t) => {
  const uri = await fileOf(t, buildTiff([page()]), 'a.vsi')
  const error = await t.throwsAsync<SlideError>(openAt(t, uri), { code: 'SLIDE_UNSUPPORTED', message: /is an Olympus VSI/ })
  t.regex(error.hint ?? '', /bfconvert/)
})
