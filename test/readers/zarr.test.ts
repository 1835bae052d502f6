// biome-ignore-all lint/suspicious/noExplicitAny: documents of any shape are changed
/** The made OME-Zarr stores: as bioformats2raw lays them out and in shards; what is refused by name, and what is damaged. */

import { readdirSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { writeStore } from '../../fixtures/make.js'
import { blosc, channels, fill, label, ngff, secondLevel, type ZarrFile, zarrSeries, zarrShards } from '../../fixtures/ome-zarr.js'
import { whole } from '../../fixtures/pixels.js'
import { crc32c } from '../../src/codecs/crc32c.js'
import { packageRoot } from '../../src/core/package-root.js'
import { sameContent } from '../../src/core/slide.js'
import { oddServer, serve } from '../support/odd-server.js'
import { folderOf, openAt, readLevel, readOne, same } from './open-buffer.js'

const folder = path.join(packageRoot, 'fixtures/ome-zarr')

test('crc32c: the check value of the catalogue, and of nothing', (t) => {
  t.is(crc32c(Buffer.from('123456789')), 0xe3069283)
  t.is(crc32c(new Uint8Array(0)), 0)
})

test('the files that lie here are those that the generator makes', (t) => {
  for (const [name, files] of Object.entries({ series: zarrSeries(), shards: zarrShards() })) {
    const there = readdirSync(path.join(folder, name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    t.is(there.length, files.length, name)
    for (const file of files) t.true(readFileSync(path.join(folder, name, file.path)).equals(file.bytes), `${name}/${file.path}`)
  }
})

test('as bioformats2raw lays it out: levels, resolution by scale and unit, every pixel, a chunk that is not there, the label', async (t) => {
  const slide = await openAt(t, path.join(folder, 'series'))
  const { vendor, levels, mpp, mppSource, associated, warnings, compression } = slide.info
  t.deepEqual([vendor, compression, associated, warnings], ['ome-zarr', 'blosc', ['label'], []])
  t.deepEqual([mpp, mppSource], [{ x: 0.5, y: 0.25 }, 'OME-Zarr scale'])
  t.deepEqual(
    levels.map(({ width, height, tile }) => [width, height, tile.width, tile.height]),
    [
      [101, 71, 64, 64],
      [51, 36, 32, 32],
    ],
  )
  same(t, await readLevel(slide, 0), whole.data, 'level 0')
  same(t, await readLevel(slide, 1), withoutCorner(), 'level 1')
  const { data, ...size } = await slide.associated('label')
  t.deepEqual(size, { width: label.width, height: label.height })
  same(t, data, label.data, 'the label')
})

test('in shards: every pixel', async (t) => {
  const slide = await openAt(t, path.join(folder, 'shards'))
  t.deepEqual([slide.info.compression, slide.info.mpp], ['zstd', { x: 0.5, y: 0.25 }])
  same(t, await readLevel(slide, 0), whole.data, 'level 0')
  same(t, await readLevel(slide, 1), secondLevel.data, 'level 1')
})

/** A shard of nine chunks: its table (a place and a length of 8 bytes each, and a checksum) goes from the end to the beginning. */
function tableFirst(shard: Uint8Array): Uint8Array {
  const length = 9 * 16
  const table = Buffer.from(shard.subarray(-length - 4, -4))
  for (let at = 0; at < length; at += 16)
    if (table.readBigUInt64LE(at) !== 2n ** 64n - 1n) table.writeBigUInt64LE(table.readBigUInt64LE(at) + BigInt(length + 4), at)
  const sum = Buffer.alloc(4)
  sum.writeUInt32LE(crc32c(table))
  return Buffer.concat([table, sum, shard.subarray(0, -length - 4)])
}

test('in shards whose table lies at the beginning: every pixel', async (t) => {
  const made = changed(sharding({ index_location: 'start' })).map((file) =>
    file.path.startsWith('0/c/') ? { ...file, bytes: tableFirst(file.bytes) } : file,
  )
  const slide = await openAt(t, await storeOf(t, made))
  same(t, await readLevel(slide, 0), whole.data)
  same(t, await readLevel(slide, 1), secondLevel.data)
})

test('a group of bioformats2raw is a slide of its own; who a slide is follows from its chunks, too', async (t) => {
  const slide = await openAt(t, path.join(folder, 'series/0'))
  same(t, await readLevel(slide, 0), whole.data)
  const one = await storeOf(t, zarrSeries())
  const other = await storeOf(t, zarrSeries())
  const { head } = (await openAt(t, one)).identity
  t.is((await openAt(t, other)).identity.head, head)
  await writeFile(path.join(other, '0/0/0/2/0/1/1'), blosc(new Uint8Array(64 * 64)))
  t.not((await openAt(t, other)).identity.head, head)
})

test('a label that bioformats2raw found before the slide is a picture beside it', async (t) => {
  const [first, second] = ['a slide with a label', 'label image'].map((name) => `<Image Name="${name}"/>`) as [string, string]
  for (const [series, images] of [
    [['1', '0'], second + first],
    [['0', '1'], first + second],
  ] as const) {
    const made = zarrSeries().map((file) => {
      if (file.path === 'OME/.zattrs') return { ...file, bytes: Buffer.from(JSON.stringify({ series })) }
      return file.path === 'OME/METADATA.ome.xml' ? { ...file, bytes: Buffer.from(`<OME>${images}</OME>`) } : file
    })
    const slide = await openAt(t, await storeOf(t, made))
    t.deepEqual([slide.info.associated, slide.info.warnings], [['label'], []])
    same(t, await readLevel(slide, 0), whole.data)
    same(t, (await slide.associated('label')).data, label.data)
  }
})

test("of pictures that bioformats2raw gives no names, as Leica's have none, the largest is the slide, and not a macro before it", async (t) => {
  for (const sizes of ['', '<Pixels SizeX="25" SizeY="18"/></Image><Image><Pixels SizeX="101" SizeY="72"/>']) {
    const made = zarrSeries().map((file) => {
      if (file.path === 'OME/.zattrs') return { ...file, bytes: Buffer.from(JSON.stringify({ series: ['1', '0'] })) }
      return file.path === 'OME/METADATA.ome.xml' ? { ...file, bytes: Buffer.from(`<OME><Image>${sizes}</Image></OME>`) } : file
    })
    const slide = await openAt(t, await storeOf(t, made))
    t.deepEqual(slide.info.warnings, ['its picture 1 (without a name) is left out: the slide is 0'])
    same(t, await readLevel(slide, 0), whole.data)
  }
})

test('files of chunks that are not there are counted where they would be black: a store that was not copied whole', async (t) => {
  const black = zarrSeries().flatMap((file) => {
    if (['0/0/0/1/0/0/1', '0/0/0/2/0/1/0'].includes(file.path)) return []
    const text = /zarray$/.test(file.path)
      ? Buffer.from(file.bytes).toString().replace(`"fill_value": ${fill}`, '"fill_value": 0')
      : undefined
    return text === undefined ? [file] : [{ ...file, bytes: Buffer.from(text) }]
  })
  t.deepEqual((await openAt(t, await storeOf(t, black))).info.warnings, [
    '2 of 12 files of its level 0/0 that were looked for are not there: what is not there has its fill value (0: black); was it copied whole?',
    '1 of 12 files of its level 0/1 that were looked for are not there: what is not there has its fill value (0: black); was it copied whole?',
  ])
})

/** The second level without the chunk that is missing. */
function withoutCorner(): Uint8Array {
  const filled = secondLevel.data.slice()
  for (let y = 32; y < 36; y++) for (let x = 32; x < 51; x++) filled[(y * 51 + x) * 3] = fill
  return filled
}

/** A store in a folder of the test's own. */
async function storeOf(t: ExecutionContext, files: readonly ZarrFile[]): Promise<string> {
  const own = path.join(await folderOf(t), 'a.ome.zarr')
  await writeStore(own, files)
  return own
}

type Changes = Readonly<Record<string, (said: any) => unknown>>

/** The store in shards, its documents changed. */
const changed = (changes: Changes, files = zarrShards()): ZarrFile[] =>
  files.map(({ path, bytes }) => {
    const change = changes[path]
    return { path, bytes: change ? Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(bytes).toString())))) : bytes }
  })

const ome = (change: (ome: any) => unknown): Changes => ({
  'zarr.json': (group) => ({ ...group, attributes: { ome: change(group.attributes.ome) } }),
})
const array = (more: object): Changes => ({ '0/zarr.json': (said) => ({ ...said, ...more }) })
const sharding = (more: object): Changes => ({
  '0/zarr.json': (said) => ({
    ...said,
    codecs: [{ name: 'sharding_indexed', configuration: { ...said.codecs[0].configuration, ...more } }],
  }),
})
const coloured = (...colors: string[]) =>
  ome((said) => ({ ...said, omero: { channels: colors.map((color, i) => ({ ...channels[i], color })) } }))
const grid = (...sizes: unknown[]) => ({ chunk_grid: { name: 'regular', configuration: { chunk_shape: sizes } } })
const axes = (named: string) => ome((said) => ({ ...said, ...ngff(named, 2, 'micrometer', [1, 1]) }))
const at = (first: string) => ome((said) => ({ ...said, multiscales: [{ ...said.multiscales[0], datasets: [{ path: first }] }] }))

/** What ngff-zarr 0.50 writes as NGFF 0.6: axes in a coordinate system, scale and translation of a level in a sequence. */
const inSystems = (said: any, transformation: (scale: object) => object) => {
  const [{ axes: own, datasets }] = said.multiscales
  const other = { name: 'other', axes: [{ name: 'y' }] }
  return {
    ...said,
    version: '0.6',
    multiscales: [
      {
        coordinateSystems: [other, { name: 'intrinsic', axes: own }],
        coordinateTransformations: [{ type: 'scale', scale: [1, 9, 9], input: { name: 'intrinsic' }, output: { name: 'other' } }],
        datasets: datasets.map(({ path, coordinateTransformations: [scale] }: any) => ({
          path,
          coordinateTransformations: [{ ...transformation(scale), input: { path }, output: { name: 'intrinsic' } }],
        })),
      },
    ],
  }
}

test('the axes of NGFF 0.6 lie in a coordinate system; those of iohub have names in capitals, those of others only types', async (t) => {
  const sequence = (scale: object) => ({ type: 'sequence', transformations: [scale, { type: 'translation', translation: [0, 0, 0] }] })
  const renamed = (name: (axis: any) => string) =>
    ome((said) => {
      const [first] = said.multiscales
      return { ...said, multiscales: [{ ...first, axes: first.axes.map((axis: any) => ({ ...axis, name: name(axis) })) }] }
    })
  for (const changes of [
    ome((said) => inSystems(said, sequence)),
    ome((said) => inSystems(said, (scale) => scale)),
    renamed(({ name }) => name.toUpperCase()),
    renamed(({ name, type }) => (type === 'channel' ? 'colour' : name)),
  ]) {
    const slide = await openAt(t, await storeOf(t, changed(changes)))
    t.deepEqual([slide.info.mpp, slide.info.warnings], [{ x: 0.5, y: 0.25 }, []])
    same(t, await readLevel(slide, 0), whole.data, 'level 0')
    same(t, await readLevel(slide, 1), secondLevel.data, 'level 1')
  }
})

test('a chunk that reaches beyond the only plane of a stack: its first plane is read', async (t) => {
  const said = { zarr_format: 3, node_type: 'array', shape: [1, 71, 101, 3], data_type: 'uint8', fill_value: 0, ...grid(2, 71, 101, 3) }
  const array = { ...said, chunk_key_encoding: { name: 'default' }, codecs: [{ name: 'bytes' }] }
  const group = {
    zarr_format: 3,
    node_type: 'group',
    attributes: { ome: { version: '0.5', ...ngff('zyxc', 1, 'micrometer', [0.25, 0.5]) } },
  }
  const slide = await openAt(
    t,
    await storeOf(t, [
      { path: 'zarr.json', bytes: Buffer.from(JSON.stringify(group)) },
      { path: '0/zarr.json', bytes: Buffer.from(JSON.stringify(array)) },
      { path: '0/c/0/0/0/0', bytes: Buffer.concat([whole.data, new Uint8Array(whole.data.length)]) },
    ]),
  )
  same(t, await readLevel(slide, 0), whole.data)
})

const refused: readonly (readonly [what: string, changes: Changes, code: string, message: RegExp])[] = [
  [
    'channels in other colours',
    coloured('0000FF', '00FF00', 'FF0000'),
    'SLIDE_UNSUPPORTED',
    /not said to be red, green and blue \(R in "0000FF"/,
  ],
  [
    'channels without colours',
    ome(({ omero: _, ...said }) => said),
    'SLIDE_UNSUPPORTED',
    /does not say that its 3 channels are red, green and blue/,
  ],
  [
    'channels named as colours, in others',
    ome((said) => ({ ...said, omero: { channels: ['g', 'r', 'b'].map((label) => ({ label })) } })),
    'SLIDE_UNSUPPORTED',
    /not said to be red, green and blue \(g without a colour/,
  ],
  [
    'channels that are counted',
    ome((said) => ({ ...said, omero: { channels: [0, 1, 2].map((label) => ({ label })) } })),
    'SLIDE_UNSUPPORTED',
    /\(0 without a colour, 1 without/,
  ],
  [
    'a store of SpatialData',
    { 'zarr.json': (group) => ({ ...group, attributes: { spatialdata_attrs: { version: '0.2' } } }) },
    'SLIDE_UNSUPPORTED',
    /SpatialData store of several elements/,
  ],
  ['five channels', array({ shape: [5, 71, 101] }), 'SLIDE_UNSUPPORTED', /has 5 channels \(R, G, B\)/],
  ['one channel', array({ shape: [1, 71, 101] }), 'SLIDE_UNSUPPORTED', /has one grey channel/],
  ['16 bits', array({ data_type: 'uint16' }), 'SLIDE_UNSUPPORTED', /pixels of the type "uint16", where 8 bits/],
  ['a plate', ome(() => ({ plate: {} })), 'SLIDE_UNSUPPORTED', /plate of many pictures/],
  ['labels', ome((said) => ({ ...said, 'image-label': {} })), 'SLIDE_UNSUPPORTED', /label image/],
  ['no multiscales', ome(() => ({})), 'SLIDE_UNSUPPORTED', /without multiscales/],
  [
    'an array',
    { 'zarr.json': () => ({ zarr_format: 3, node_type: 'array' }) },
    'SLIDE_UNSUPPORTED',
    /no OME-Zarr: nothing says what its axes are/,
  ],
  ['a stack', { ...axes('zyx'), ...array({}) }, 'SLIDE_UNSUPPORTED', /stack of 3 planes/],
  ['a time series', axes('tyx'), 'SLIDE_UNSUPPORTED', /time series of 3 pictures/],
  [
    'coordinate systems without axes',
    ome((said) => ({ ...said, version: '0.6', multiscales: [{ coordinateSystems: [], datasets: [{ path: '0' }] }] })),
    'SLIDE_MALFORMED',
    /have the axes \[\], where y and x are needed/,
  ],
  [
    'a level that is turned',
    ome((said) => inSystems(said, (scale) => ({ type: 'sequence', transformations: [scale, { type: 'rotation', rotation: [] }] }))),
    'SLIDE_UNSUPPORTED',
    /lays a level by the transformation "rotation"/,
  ],
  ['unknown axes', axes('qyx'), 'SLIDE_MALFORMED', /have the axes \["q","y","x"\]/],
  ['an axis twice', axes('yyx'), 'SLIDE_MALFORMED', /have the axes/],
  ['a path that leads out', at('../b'), 'SLIDE_MALFORMED', /name a level "\.\.\/b"/],
  ['a path that is none', at(''), 'SLIDE_MALFORMED', /name a level ""/],
  ['a path with an escape', at('%2e%2e/b'), 'SLIDE_MALFORMED', /no path below it/],
  ['a level that is not there', at('7'), 'SLIDE_MALFORMED', /has no array 7/],
  ['no levels', ome((said) => ({ ...said, multiscales: [{ datasets: [] }] })), 'SLIDE_MALFORMED', /name 0 levels/],
  [
    'a level that grows',
    { '1/zarr.json': (said) => ({ ...said, shape: [3, 72, 101] }) },
    'SLIDE_MALFORMED',
    /a level 1 of 3,72,101 after 0/,
  ],
  ['sizes that are none', array({ shape: [3, -71, 101] }), 'SLIDE_MALFORMED', /of the shape \[3,-71,101\]/],
  ['a size too few', array({ shape: [3, 71] }), 'SLIDE_MALFORMED', /where 3 sizes above 0 are needed \(c,y,x\)/],
  ['chunks of any size', array({ chunk_grid: { name: 'rectilinear' } }), 'SLIDE_UNSUPPORTED', /grid of the kind "rectilinear"/],
  ['an unknown codec', sharding({ codecs: [{ name: 'imagecodecs_jpeg' }] }), 'SLIDE_UNSUPPORTED', /packed by "imagecodecs_jpeg"/],
  ['a shard in a shard', sharding({ codecs: [{ name: 'sharding_indexed' }] }), 'SLIDE_UNSUPPORTED', /packed by "sharding_indexed"/],
  ['a table in the middle', sharding({ index_location: 'middle' }), 'SLIDE_UNSUPPORTED', /table lies at the "middle"/],
  ['shards of parts of chunks', sharding({ chunk_shape: [3, 33, 32] }), 'SLIDE_MALFORMED', /no whole number of chunks/],
  ['shards of a million chunks', array({ ...grid(3, 2 ** 20, 2 ** 20) }), 'SLIDE_TOO_LARGE', /chunks in a shard/],
  ['a level beyond the bound', array({ shape: [3, 2 ** 30, 2 ** 30] }), 'SLIDE_TOO_LARGE', /pixels, more than/],
  [
    'a chunk beyond the bound',
    { '0/zarr.json': (said) => ({ ...said, codecs: [], ...grid(3, 2 ** 14, 2 ** 13) }) },
    'SLIDE_TOO_LARGE',
    /in chunks of 8192 x 16384/,
  ],
  [
    'a chunk of many planes',
    { '0/zarr.json': (said) => ({ ...said, codecs: [], ...grid(500, 256, 256) }) },
    'SLIDE_TOO_LARGE',
    /chunks of 500 planes/,
  ],
]

for (const [what, changes, code, message] of refused)
  test(`refused by name: ${what}`, async (t) => {
    await t.throwsAsync(openAt(t, await storeOf(t, changed(changes))), { name: 'SlideError', code, message })
  })

test('channels without a colour that are named red, green and blue, as SpatialData has it', async (t) => {
  for (const labels of [
    ['r', 'g', 'b'],
    ['Red', 'Green', 'Blue'],
  ]) {
    const slide = await openAt(
      t,
      await storeOf(t, changed(ome((said) => ({ ...said, omero: { channels: labels.map((label) => ({ label })) } })))),
    )
    same(t, await readLevel(slide, 0), whole.data)
  }
})

test('a document that is no JSON, and a folder whose documents are empty', async (t) => {
  const own = await storeOf(t, zarrShards())
  await writeFile(path.join(own, '1/zarr.json'), '{"shape": [')
  await t.throwsAsync(openAt(t, own), { code: 'SLIDE_MALFORMED', message: /1\/zarr\.json is no JSON/ })
  await writeFile(path.join(own, 'zarr.json'), '[]')
  await t.throwsAsync(openAt(t, own), { code: 'SLIDE_UNSUPPORTED', message: /without multiscales/ })
})

test('a scale without a unit of length is no resolution, and said unless it is 1', async (t) => {
  const scaled = (unit: string | undefined, pixel: number) =>
    ome((said) => ({ ...said, ...ngff('cyx', 2, unit as string, [pixel, pixel]) }))
  const infoOf = async (changes: Changes) => (await openAt(t, await storeOf(t, changed(changes)))).info
  t.deepEqual((await infoOf(scaled('millimeter', 0.00025))).mpp, { x: 0.25, y: 0.25 })
  t.deepEqual((await infoOf(scaled('micrometre', 0.25))).mpp, { x: 0.25, y: 0.25 })
  const none = await infoOf(scaled(undefined, 0.25))
  t.deepEqual([none.mpp, none.warnings], [undefined, ['a scale of 0.25 without a unit is not understood as a length']])
  t.deepEqual((await infoOf(scaled('second', 1))).warnings, ['a scale of 1 second is not understood as a length'])
  t.deepEqual((await infoOf(scaled(undefined, 1))).warnings, [])
  // Where it is said along one axis, the pixel is square.
  const half = await infoOf(
    ome((said) => {
      const { multiscales, ...more } = ngff('cyx', 2, 'micrometer', [0.25, 1])
      return { ...said, ...more, multiscales: multiscales.map((one) => ({ ...one, axes: one.axes.with(2, { name: 'x', type: 'space' }) })) }
    }),
  )
  t.deepEqual(
    [half.mpp, half.warnings],
    [{ x: 0.25, y: 0.25 }, ['only the height of a pixel is said, or understood: it is taken for square']],
  )
})

const moved = (translation: readonly number[]) =>
  ome((said) => {
    const [{ datasets, ...multiscale }] = said.multiscales
    const [first, { coordinateTransformations, ...second }] = datasets
    const there = [...coordinateTransformations, { type: 'translation', translation }]
    return { ...said, multiscales: [{ ...multiscale, datasets: [first, { ...second, coordinateTransformations: there }] }] }
  })

test('a level that was filled up to whole chunks lies where its scale says, one that begins elsewhere is left out', async (t) => {
  const filled = { '1/zarr.json': (said: any) => ({ ...said, shape: [3, 64, 96] }) }
  const slide = await openAt(t, await storeOf(t, changed(filled)))
  t.deepEqual(slide.info.levels[1], { width: 96, height: 64, tile: { width: 32, height: 32 }, downsample: { x: 2, y: 2 } })
  const { width, height } = secondLevel
  const region = { x: 0, y: 0, width: 2 * width, height: 2 * height }
  same(t, await readOne(slide, { region, width, height, level: 1 }), secondLevel.data)
  // In µm: 20 pixels of level 0 to the right.
  const { levels, warnings } = (await openAt(t, await storeOf(t, changed(moved([0, 0, 10]))))).info
  t.deepEqual([levels.length, warnings], [1, ['level 1 is left out: it begins 20, 0 pixels from where level 0 does']])
  t.is((await openAt(t, await storeOf(t, changed(moved([0, 0.125, 0.25]))))).info.levels.length, 2)
})

test('a level whose scale its size does not bear out is left out', async (t) => {
  const scaled = (y: number, x: number) =>
    ome((said) => {
      const [{ datasets, ...multiscale }] = said.multiscales
      const coordinateTransformations = [{ type: 'scale', scale: [1, y, x] }]
      return { ...said, multiscales: [{ ...multiscale, datasets: [datasets[0], { ...datasets[1], coordinateTransformations }] }] }
    })
  // In µm; 0.5 x 1 is right.
  for (const [y, x] of [
    [2, 1],
    [0.5, 2],
  ] as const) {
    const { levels, warnings } = (await openAt(t, await storeOf(t, changed(scaled(y, x))))).info
    t.is(levels.length, 1)
    t.regex(warnings.join(), /level 1 is left out: its pixels are said to be .* of which it then shows more than there is/)
  }
})

/** A file of the store in shards (or in series) changed: what the first level's pixels come to. */
async function damaged(t: ExecutionContext, file: string, change: (bytes: Buffer) => Uint8Array, made = zarrShards()) {
  const own = await storeOf(t, made)
  const at = path.join(own, file)
  await writeFile(at, change(readFileSync(at)))
  return readLevel(await openAt(t, own), 0)
}

const flipped = (place: number) => (bytes: Buffer) => {
  const out = Buffer.from(bytes)
  out[place < 0 ? out.length + place : place]! ^= 1
  return out
}

test('what is damaged is the error of its tile: tables, sizes that are announced, ends', async (t) => {
  const chunk = '0/0/0/0/0/0/0'
  const huge = (bytes: Buffer) => {
    const out = Buffer.from(bytes)
    out.writeUInt32LE(2 ** 31, 4)
    return out
  }
  const undecodable = { name: 'SlideError', code: 'TILE_UNDECODABLE' } as const
  await t.throwsAsync(damaged(t, '0/c/0/0/0', flipped(-6)), { ...undecodable, message: /checksum \(crc32c\)/ })
  await t.throwsAsync(damaged(t, '0/c/0/0/0', flipped(1)), { ...undecodable, message: /tile \(0, 0\) of level 0 .*zstd/ })
  await t.throwsAsync(
    damaged(t, '0/c/0/0/0', (bytes) => bytes.subarray(0, 100)),
    { code: 'SLIDE_TRUNCATED' },
  )
  await t.throwsAsync(damaged(t, chunk, huge, zarrSeries()), {
    ...undecodable,
    message: /blosc data says it has 2147483648 bytes, its chunk has at most/,
  })
  await t.throwsAsync(
    damaged(t, chunk, (bytes) => bytes.subarray(0, 9), zarrSeries()),
    undecodable,
  )
  await t.throwsAsync(
    damaged(t, chunk, (bytes) => bytes.subarray(0, -1), zarrSeries()),
    { ...undecodable, message: /blosc data is damaged or ends early/ },
  )
  await t.throwsAsync(
    damaged(t, chunk, () => blosc(new Uint8Array(99)), zarrSeries()),
    { ...undecodable, message: /has 99 bytes, where 4096 are needed/ },
  )
})

test('a level whose files are gone is filled, with a warning', async (t) => {
  const own = await storeOf(t, zarrSeries())
  await rm(path.join(own, '0/0/0'), { recursive: true })
  const slide = await openAt(t, own)
  t.deepEqual([...new Set(await readLevel(slide, 0))], [fill])
  t.deepEqual(slide.info.warnings, [
    'none of 12 files of its level 0/0 that were looked for is there: what is not there has its fill value',
  ])
})

test('on a web server, where nobody lists folders, it is known by its name: every pixel, and what is not there', async (t) => {
  for (const [made, wanted] of [[zarrShards(), secondLevel.data] as const, [zarrSeries(), withoutCorner()] as const]) {
    const files = new Map(made.map(({ path, bytes }) => [`/a.ome.zarr/${path}`, bytes]))
    const server = await oddServer(new Uint8Array(0), (_n, request, response) => {
      const bytes = files.get(request.url!)
      if (bytes === undefined) response.writeHead(404).end()
      else serve(bytes, request, response)
      return true
    })
    t.teardown(() => server.close())
    const slide = await openAt(t, `${server.url}/a.ome.zarr`)
    same(t, await readLevel(slide, 0), whole.data)
    same(t, await readLevel(slide, 1), wanted)
    const { identity } = slide
    t.true(sameContent(identity, (await openAt(t, `${server.url}/a.ome.zarr/`)).identity))
    await t.throwsAsync(openAt(t, `${server.url}/b.ome.zarr`), { code: 'SLIDE_MISSING', message: /no Zarr store lies there/ })
  }
})
