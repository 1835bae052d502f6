/** OME-TIFF: which of the pictures that its XML describes is the slide, and what is said of that one. Expected by the OME data model, and by arithmetic. */

import test, { type ExecutionContext } from 'ava'
import { openBytes, readLevel, same } from './open-buffer.js'
import { buildTiff, pixels, rgbPage } from './tiff-builder.js'

interface Described {
  readonly name?: string
  readonly size?: readonly [number, number]
  readonly pixels?: string
  readonly channel?: string
  readonly data?: string
}

const image = ({ name = '', size: [x, y] = [64, 48], pixels = '', channel = 'SamplesPerPixel="3"', data = '' }: Described) =>
  `<Image Name="${name}"><Pixels SizeX="${x}" SizeY="${y}" SizeC="3" ${pixels}><Channel ${channel}/>${data}</Pixels></Image>`
const omeOf = (uuid: string, ...images: readonly Described[]) => `<OME UUID="urn:uuid:${uuid}">${images.map(image).join('')}</OME>`
const inFile = (uuid: string) => `<TiffData IFD="0"><UUID FileName="${uuid}.ome.tif">urn:uuid:${uuid}</UUID></TiffData>`
const mpp = (value: number) => `PhysicalSizeX="${value}" PhysicalSizeY="${value}"`
const page = (description: string, extra = {}) => rgbPage({ width: 64, height: 48, extra: { 270: description, ...extra } })
const opened = (t: ExecutionContext, ...pages: Parameters<typeof buildTiff>[0]) => openBytes(t, buildTiff(pages))

test('of a set of files whose XML describes all of them, each is the picture that its UUID names', async (t) => {
  const all = [
    { name: 'A', pixels: mpp(0.5), data: inFile('a') },
    { name: 'B', pixels: mpp(0.25), data: inFile('b') },
  ]
  for (const [uuid, right] of [
    ['a', 0.5],
    ['b', 0.25],
  ] as const) {
    const { info } = await opened(t, page(omeOf(uuid, ...all)))
    t.deepEqual([info.mpp, info.warnings], [{ x: right, y: right }, []])
  }
  // Copied by a program that gave it a UUID of its own: what it says of files is no more than the first that fits.
  t.is((await opened(t, page(omeOf('c', ...all)))).info.mpp!.x, 0.5)
})

test('of a set of files made of a slide the label says that it may be one, and has not the objective of the slide', async (t) => {
  const used = '<ObjectiveSettings ID="o"/>'
  const slide = image({ size: [640, 480], data: inFile('a') }).replace('<Pixels', `${used}<Pixels`)
  const xml = `<OME UUID="urn:uuid:b"><Instrument><Objective ID="o" NominalMagnification="20"/></Instrument>${slide}${image({ data: inFile('b') })}</OME>`
  const { info } = await opened(t, page(xml))
  t.deepEqual(info.warnings, ['a larger picture of its set (640 x 480) lies in another file: this one may be a label or a macro'])
  t.deepEqual([info.mpp, info.power], [undefined, undefined])
  t.is((await opened(t, page(xml.replace(used, '')))).info.power, 20)
})

test('a file whose only picture is called a label says that it may be no slide', async (t) => {
  for (const description of [omeOf('a', { name: 'label image' }), 'label'])
    t.regex((await opened(t, page(description))).info.warnings.join(), /its only picture is called a label/)
})

test('three channels of which nothing is said, or that they are red, green, blue, in a page that says RGB, are one picture, as SlideIO and pyometiff write it', async (t) => {
  const channels = (...said: string[]) => said.map((one, i) => `ID="${i}" ${one} SamplesPerPixel="1"`).join('/><Channel ')
  const omeWith = (...said: string[]) => omeOf('a', { pixels: mpp(0.5), channel: channels(...said) })
  const three = omeWith('', '', '')
  for (const xml of [three, omeWith('Name="Red"', 'Name="Green"', 'Name="Blue"')]) {
    const slide = await opened(t, page(xml))
    t.deepEqual(slide.info.warnings, ['it is described as 3 channels, and its page as one picture in colour: it is read as that'])
    same(t, await readLevel(slide, 0), pixels(0, 0, 64, 48))
  }
  const stains = page(omeWith('Name="DAPI"', 'Name="Green"', 'Name="Red"'))
  await t.throwsAsync(opened(t, stains), { code: 'SLIDE_UNSUPPORTED', message: /3 separate channels/ })
  const apart = page(three, { 258: [8], 262: [1], 277: [1] })
  await t.throwsAsync(opened(t, apart, apart, apart), { code: 'SLIDE_UNSUPPORTED', message: /3 separate channels/ })
})

test('a picture called macro is not the slide, though it is larger', async (t) => {
  const small = rgbPage({ width: 32, height: 24 })
  const slide = { name: 'tumour, unlabelled', size: [32, 24], pixels: mpp(0.25), data: '<TiffData IFD="1"/>' } as const
  for (const name of ['macro image', 'Label', 'overview']) {
    const opening = await opened(t, page(omeOf('a', slide, { name, pixels: mpp(9), data: '<TiffData IFD="0"/>' })), small)
    const { width, height, mpp: size } = opening.info
    t.deepEqual([width, height, size], [32, 24, { x: 0.25, y: 0.25 }])
    same(t, await readLevel(opening, 0), pixels(0, 0, 32, 24))
  }
})

test('without a PhysicalSize the resolution tags count, as tifffile writes them; with one, and be it none, they do not', async (t) => {
  const quarter = { 282: [40_000, 1], 283: [40_000, 1], 296: [3] }
  const { info } = await opened(t, page(omeOf('a', {}), quarter))
  t.deepEqual([info.mpp, info.mppSource], [{ x: 0.25, y: 0.25 }, 'TIFF resolution tags'])
  t.is((await opened(t, page(omeOf('a', { pixels: mpp(0.5) }), quarter))).info.mpp!.x, 0.5)
  t.is((await opened(t, page(omeOf('a', { pixels: 'PhysicalSizeX="1" PhysicalSizeXUnit="pixel"' }), quarter))).info.mpp, undefined)
})

test('the only channel has the samples of its page, where it does not say how many', async (t) => {
  t.is((await opened(t, page(omeOf('a', { channel: 'ID="Channel:0:0"' })))).info.levels.length, 1)
  await t.throwsAsync(opened(t, page(omeOf('a', { channel: 'ID="0" Color="-16776961"/><Channel ID="1"/><Channel ID="2"' }))), {
    code: 'SLIDE_UNSUPPORTED',
    message: /3 separate channels/,
  })
})

test('what stands in a Description, an OME-XML of its own perhaps, says nothing of the slide; XML that is cut off is told', async (t) => {
  const whole = omeOf('a', { pixels: mpp(0.5) })
  const inside = whole.replace('<Pixels', `<Description>${omeOf('b', { pixels: mpp(9) })}</Description><Pixels`)
  for (const xml of [inside, inside.replaceAll('OME', 'o:OME').replaceAll('Description', 'o:Description')])
    t.like((await opened(t, page(xml))).info, { mpp: { x: 0.5, y: 0.5 }, warnings: [] })
  const { info } = await opened(t, page(whole.slice(0, 60)))
  t.deepEqual([info.mpp, info.warnings], [undefined, ['its OME-XML is cut off: what it says of pixels may be missing']])
})
