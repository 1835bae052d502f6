/** Patches where others laid them: CSV, Parquet and HDF5 of CLAM, TRIDENT, AtlasPatch, STAMP, slideflow and LazySlide, and lists of something else. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { File, ready } from 'h5wasm/node'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { mustFit } from '../../src/stages/grid/fit-places.js'
import spec from '../../src/stages/grid/spec.js'
import makeGrid from '../../src/stages/grid/stage.js'
import { temporary } from '../sinks/tables.js'
import { memorySlide } from '../support/memory-slide.js'
import { oddServer } from '../support/odd-server.js'
import { all, contextFor, filledIn, from, planOf } from '../support/stage-context.js'

await ready

const slide = memorySlide({ width: 2000, height: 1000, mpp: 0.25, levels: [1, 4] })

/** 64 pixels at 0.5 µm are 128 of the slide. */
async function placed(t: ExecutionContext, write: string | ((file: string) => void)) {
  const places = path.join(await temporary(t), 'x')
  if (typeof write === 'string') await writeFile(places, write)
  else write(places)
  return placedBy(places)
}

async function placedBy(places: string | undefined, at = '0.5 mpp') {
  const told: string[] = []
  const given = places === undefined ? { size: 64, at } : { size: 64, at, places }
  const options = filledIn(spec, given, planOf('slide')) as Parameters<typeof makeGrid>[0]
  const context = contextFor(slide)
  const patches = await all(
    makeGrid(options)(from([slide]), { ...context, tell: (event) => void (event.type === 'warning' && told.push(event.message)) }),
  )
  return { patches, told: told.join() }
}

type Attributes = Readonly<Record<string, number | readonly number[] | string>>

const hdf5 =
  (coords: readonly (readonly number[])[], attributes: Attributes, name = 'coords', ofFile: Attributes = {}) =>
  (file: string) => {
    const open = new File(file, 'w')
    const width = coords[0]?.length ?? 2
    const array = open.create_dataset({ name, data: Float64Array.from(coords.flat()), shape: [coords.length, width], dtype: '<d' })
    for (const [key, value] of Object.entries(attributes))
      array.create_attribute(key, typeof value === 'object' ? Float64Array.from(value) : value)
    for (const [key, value] of Object.entries(ofFile))
      open.create_attribute(key, typeof value === 'object' ? Float64Array.from(value) : value)
    open.close()
  }

/** The same with features beside the places, called as STAMP calls them. */
const withFeats = (made: (file: string) => void) => (file: string) => {
  made(file)
  const open = new File(file, 'a')
  open.create_dataset({ name: 'feats', data: new Float32Array(8), shape: [2, 4], dtype: '<f' })
  open.close()
}

/** The same with the pictures of HEST, and what is said of them. */
const withSpots = (made: (file: string) => void, said: Attributes) => (file: string) => {
  made(file)
  const open = new File(file, 'a')
  const img = open.create_dataset({ name: 'img', data: new Uint8Array(2 * 12), shape: [2, 2, 2, 3], dtype: '<B' })
  for (const [key, value] of Object.entries(said)) img.create_attribute(key, typeof value === 'object' ? Float64Array.from(value) : value)
  open.close()
}

/** Two corners in half precision by h5py: h5wasm writes none. */
const half = (file: string) =>
  writeFileSync(
    file,
    gunzipSync(
      Buffer.from(
        'H4sIAAAAAAACA+v0cHHj5ZLiYubgYICB/1AAEzKAijsJK17193AJYmKoYBJCVggDXEwMjAwMbIIMQIotOT+/KKV4M8xQZwZqgA/vdM+DncDIwMiowsDAxMTIyASVw0UzizAwCirwQ/kCDFysDFz8QBYr0LXMXBxAnzAzMkC9Cg+EBQyDHnScXzqTYRSMglEwCkbBKCAbxDPEAwAHS0OyCAgAAA==',
        'base64',
      ),
    ),
  )

/** A table by pandas' to_hdf, in short. */
const ofPandas = (file: string) => {
  const open = new File(file, 'w')
  open.create_group('coords').create_group('axis0')
  open.close()
}

const ofLink = (file: string) => {
  const open = new File(file, 'w')
  open.create_soft_link('/nowhere', 'coords')
  open.close()
}

/** Four zeros by h5py.create_dataset('coords', compression='lzf'), packed: no other library writes it. */
const lzf = (file: string) =>
  writeFileSync(
    file,
    gunzipSync(
      Buffer.from(
        'H4sIAAAAAAACA+v0cHHj5ZLiYubgYICB/1DACRUygIrf73rj6e/hEsTEUMEkhKwQBriYGBgZGNgEGYAUW3J+flFK8WaYoc4M1AAf3umeBzuBkYGRUYWBgYmJkZEJKoeLZuZhYBQAeoUFzFNgYAW6kpmbW4qBEWhKLQvQrcwMOVVpYHlWoPsFgDSHLJDNxMTMyMTEwsiJ7AJYMNUzDDRoKdY5xDAKRsEoGAWjYBSQA4D13QNmEAkAjn12ewkIAAA=',
        'base64',
      ),
    ),
  )

type ParquetColumns = Parameters<typeof parquetWriteBuffer>[0]['columnData']

const parquet =
  (columnData: ParquetColumns, kvMetadata: { key: string; value: string }[] = []) =>
  (file: string) =>
    writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata })))

/** Of a box, as GeoArrow has it: a ring of points. */
const ring = (x: number, y: number, side: number) => [
  [
    { x: x + side, y },
    { x: x + side, y: y + side },
    { x, y: y + side },
    { x, y },
    { x: x + side, y },
  ],
]

/** As geopandas writes `geometry_encoding='geoarrow'`. */
function geoArrow(file: string): void {
  const list = (name: string) =>
    [
      { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ] as const
  const number = { type: 'DOUBLE', repetition_type: 'REQUIRED' } as const
  const schema = [
    { name: 'schema', num_children: 1 },
    ...list('geometry'),
    ...list('element'),
    { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 } as const,
    { name: 'x', ...number },
    { name: 'y', ...number },
  ]
  const columnData = [{ name: 'geometry', data: [ring(100, 200, 128), ring(900, 300, 128)] }]
  writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData, schema })))
}

/** Of a box, as shapely writes it. */
function wkb(x: number, y: number, side: number): Uint8Array {
  const corners = [x + side, y, x + side, y + side, x, y + side, x, y, x + side, y]
  const bytes = Buffer.alloc(13 + corners.length * 8)
  bytes.writeUInt8(1, 0)
  for (const [i, value] of [3, 1, corners.length / 2].entries()) bytes.writeUInt32LE(value, 1 + i * 4)
  for (const [i, value] of corners.entries()) bytes.writeDoubleLE(value, 13 + i * 8)
  return bytes
}

const geo = {
  key: 'geo',
  value: '{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","geometry_types":["Polygon"]}}}',
}

test('a list may be long, and its order is its own: the patches come row by row, and say which place each is', async (t) => {
  // 55 a row, the last one first.
  const places = Array.from({ length: 1100 }, (_, i) => [16 * (i % 55), 16 * Math.floor(i / 55)] as const)
  const { patches } = await placed(t, `x,y\n${places.toReversed().join('\n')}\n`)
  t.deepEqual(
    patches.map(({ index, region: { x, y }, notes }) => [index, x, y, notes.place]),
    places.map(([x, y], i) => [i, x, y, 1099 - i]),
  )
})

test('places are taken from top to bottom, each with its number in the list, exactly where they are', async (t) => {
  const { patches, told } = await placed(
    t,
    'minx,miny,width,height,prob_tumor\n1001,503,128,128,0.5\n37,51,128,128,0.25\n337,51,128,128,0\n',
  )
  t.is(told, '')
  t.deepEqual(patches, [
    {
      slide: 'memory',
      index: 0,
      column: 0,
      row: 0,
      bounds: [19, 26, 83, 90],
      region: { x: 37, y: 51, width: 128, height: 128 },
      level: 0,
      notes: { place: 1 },
    },
    {
      slide: 'memory',
      index: 1,
      column: 2,
      row: 0,
      bounds: [169, 26, 233, 90],
      region: { x: 337, y: 51, width: 128, height: 128 },
      level: 0,
      notes: { place: 2 },
    },
    {
      slide: 'memory',
      index: 2,
      column: 7,
      row: 3,
      bounds: [501, 252, 565, 316],
      region: { x: 1001, y: 503, width: 128, height: 128 },
      level: 0,
      notes: { place: 0 },
    },
  ])
})

test('HDF5 on a server is read as here, and nothing of it stays', async (t) => {
  const file = path.join(await temporary(t), 'x.h5')
  hdf5([[337, 51]], { patch_size: 128, patch_level: 0 })(file)
  const web = await oddServer(readFileSync(file))
  t.teardown(web.close)
  const before = process.env.TMPDIR
  const own = await temporary(t)
  process.env.TMPDIR = own
  const { patches, told } = await placedBy(`${web.url}/x.h5`)
  t.deepEqual([patches.map(({ region }) => region), told], [[{ x: 337, y: 51, width: 128, height: 128 }], ''])
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  t.false(readdirSync(own).some((name) => name.startsWith('tiastream-places-')))
})

test('corners in a bag of CLAM are in pixels of its patches', async (t) => {
  const bag =
    (more: Attributes, ofCoords: Attributes = {}) =>
    (file: string) => {
      hdf5(
        [
          [25, 50],
          [225, 75],
        ],
        ofCoords,
      )(file)
      const open = new File(file, 'a')
      const imgs = open.create_dataset({ name: 'imgs', data: new Uint8Array(2 * 32 * 32 * 3), shape: [2, 32, 32, 3], dtype: '<B' })
      for (const [key, value] of Object.entries({ level_dim: [1000, 500], downsampled_level_dim: [500, 250], ...more }))
        imgs.create_attribute(key, typeof value === 'object' ? Float64Array.from(value) : value)
      open.close()
    }
  const of = async (more: Attributes, ofCoords?: Attributes) => {
    const { patches, told } = await placed(t, bag(more, ofCoords))
    return { places: patches.map(({ region: { x, y } }) => [x, y]), told }
  }
  // At a level of half the size, and half of that again.
  t.deepEqual(await of({ downsample: [2, 2] }), { places: where, told: '' })
  t.regex((await of({ downsample: [2, 2], wsi_name: 'another' })).told, /another/)
  const asTheyAre = [
    [25, 50],
    [225, 75],
  ]
  t.deepEqual((await of({})).places, asTheyAre)
  t.deepEqual((await of({ downsample: [2, 2] }, { patch_level: 1, patch_size: 32, downsample: [4, 4] })).places, asTheyAre)
})

const corners = [
  [100, 200],
  [900, 300],
] as const
const where = [
  [100, 200],
  [900, 300],
]

test('places of a table of ours are the patches of its run, where a patch is no whole number of baseline pixels', async (t) => {
  const { patches } = await placedBy(undefined, '0.73 mpp')
  const lines = patches.map(({ bounds: [x0, y0], region: { x, y, width, height } }) => [x0, y0, x, y, width, height].join())
  const places = path.join(await temporary(t), 'x')
  const patchesOf = (these: typeof patches) => these.map(({ index, bounds, region }) => ({ index, bounds, region }))
  await writeFile(places, `x0,y0,base_x,base_y,base_w,base_h\n${lines.join('\n')}\n`)
  const again = await placedBy(places, '0.73 mpp')
  t.is(again.told, '')
  t.deepEqual(patchesOf(again.patches), patchesOf(patches))
  // x0 is of another resolution: the nearest pixel.
  t.deepEqual((await placedBy(places)).patches[1]?.bounds, [94, 0, 158, 64])
})

for (const [title, file, said] of [
  ['CSV with semicolons, quotes and a BOM', '\uFEFF"X";"Y"\r\n100;200\r\n900;"300"\r\n\r\n', ''],
  ['Excel, Unicode text', (file: string) => writeFileSync(file, Buffer.from('\ufeffx\ty\r\n100\t200\r\n900\t300\r\n', 'utf16le')), ''],
  ['Excel, with its separator said', 'sep=;\r\nx;y;note\r\n100;200;"two\nlines; one value"\r\n900;300;\r\n;;\r\n', ''],
  [
    'our own CSV',
    'slide,label,x0,y0,base_x,base_y,base_w,base_h\nmemory,"a, b",50,100,100,200,128,128\nmemory,"a, b",450,150,900,300,128,128\n',
    '',
  ],
  ['CLAM, level 0', hdf5(corners, { patch_size: 128, patch_level: 0, downsample: [1, 1] }), ''],
  ['CLAM, level 0, feats beside it', withFeats(hdf5(corners, { patch_size: 128, patch_level: 0, downsample: [1, 1] })), ''],
  ['CLAM, with a downsample of its own', hdf5(corners, { patch_size: 64, patch_level: 0, custom_downsample: 2 }), ''],
  ['CLAM, level 1', hdf5(corners, { patch_size: 32, patch_level: 1, downsample: [4.003, 4.003] }), ''],
  [
    'CLAM, of another size',
    hdf5(corners, { patch_size: 256, patch_level: 0, downsample: [1, 1] }),
    /of 256 x 256 baseline pixels, and the pipeline's of 128 x 128/,
  ],
  ['CLAM, of this slide', hdf5(corners, { patch_size: 32, patch_level: 1, downsample: [4, 4.01], level_dim: [500, 250] }), ''],
  [
    'CLAM, of a slide of another size',
    hdf5(corners, { patch_size: 128, patch_level: 0, downsample: [1, 1], level_dim: [1800, 1000] }),
    /they are of a slide of 1800 x 1000, and this one has 2000 x 1000/,
  ],
  ['TRIDENT', hdf5(corners, { patch_size: 64, patch_size_level0: 129, level0_width: 2000, level0_height: 1000 }), ''],
  ['without attributes', hdf5(corners, {}), ''],
  [
    'HEST of before September 2024, middles with y first',
    withSpots(
      hdf5(
        [
          [264, 164],
          [364, 964],
        ],
        {},
      ),
      { patch_size: 128, factor: 0.5 },
    ),
    '',
  ],
  ['HEST', withSpots(hdf5(corners, {}), { patch_size_target: 64, downsample: 2 }), ''],
  ['HEST, of another size', withSpots(hdf5(corners, {}), { patch_size_target: 224, patch_size_src: 448 }), /of 448 x 448 baseline pixels/],
  ['CSV of level 1', 'x,y,level\n100,200,0\n900,300,1\n', /say that they are of level 1: they are taken for corners in baseline pixels/],
  [
    'AtlasPatch',
    hdf5(
      [
        [100, 200, 64, 64, 0],
        [900, 300, 64, 64, 0],
      ],
      {},
      'coords',
      { patch_size: 64, patch_size_level0: 128 },
    ),
    '',
  ],
  ['CSV with a picture of each', 'filename,x,y\na_100_200.png,100,200\na_900_300.png,900,300\n', ''],
  ['CSV of this slide', 'slide_id,x,y\nmemory.svs,100,200\nmemory.svs,900,300\n', ''],
  ['CSV of another slide', 'slide,x,y\nb.svs,100,200\nb.svs,900,300\n', /say that they are of the slide 'b.svs'/],
  ['CLAM, of another slide', hdf5(corners, { name: 'b' }), /say that they are of the slide 'b'/],
  ['boxes', 'xmin,ymin,xmax,ymax\n100,200,228,328\n900,300,1028,428\n', ''],
  ['boxes of another size', 'xmin,ymin,xmax,ymax\n100,200,356,456\n900,300,1156,556\n', /of 256 x 256 baseline pixels/],
  ['w and h of another size', 'x,y,w,h\n100,200,256,256\n900,300,256,256\n', /of 256 x 256 baseline pixels/],
  ['slideflow, which are middles', ',loc_x,loc_y,grid_x\n0,164,264,0\n1,964,364,1\n', ''],
  [
    'Parquet',
    parquet([
      { name: 'X', data: [100, 900], type: 'DOUBLE' },
      { name: 'Y', data: [200n, 300n], type: 'INT64' },
      { name: 'slide', data: ['memory', 'memory'], type: 'STRING' },
    ]),
    '',
  ],
  ['LazySlide', parquet([{ name: 'geometry', data: [wkb(100, 200, 128), wkb(900, 300, 128)], type: 'BYTE_ARRAY' }], [geo]), ''],
  ['outlines of GeoArrow', geoArrow, ''],
  [
    'LazySlide, of another size',
    parquet([{ name: 'geometry', data: [wkb(100, 200, 64), wkb(900, 300, 64)], type: 'BYTE_ARRAY' }], [geo]),
    /of 64 x 64/,
  ],
  ['a level, as it seems', 'x,y\n10,20\n90,30\n', /all lie in the upper left eighth of the slide/],
] as const) {
  test(`places of ${title}`, async (t) => {
    const { patches, told } = await placed(t, file)
    if (typeof said === 'string') t.is(told, said)
    else t.regex(told, said)
    const found = patches.map(({ region }) => [region.x, region.y])
    t.deepEqual(
      found,
      title.startsWith('a level')
        ? [
            [10, 20],
            [90, 30],
          ]
        : where,
    )
  })
}

for (const [title, file, message] of [
  ['an empty file', '', /it is empty/],
  ['no corners', 'Centroid X µm\tCentroid Y µm\n1\t2\n', /its columns are centroid x µm, centroid y µm, and none are x and y/],
  ['no number', 'x,y\n1,2\n3,\n', /line 3 has '' for y, which is no number/],
  ['a decimal comma', 'x;y\n1,5;2\n', /line 2 has '1,5' for x, which is no number/],
  ['a blank for a number', 'x,y\n1,2\n" ",4\n', /line 3 has ' ' for x, which is no number/],
  ['a number of base 16', 'x,y\n0x10,2\n', /line 2 has '0x10' for x, which is no number/],
  ['points between thousands', 'x;y\n164;2\n1.164;2\n', /line 3 has '1\.164', which may be of thousands/],
  ['names of rows, as R writes them', '"x","y"\n"1",300,400\n"2",500,600\n', /line 2 has 3 fields, and the first line names 2 columns/],
  ['a column that is there twice', 'x,y,X\n1,2,300\n', /it has the column x twice \(x, X\): rename one of them/],
  ['an open quote', 'x,y,note\n1,2,"open\n3,4,\n', /line 2: a quote that begins in this line does not end/],
  [
    'letters of another time',
    (file: string) => writeFileSync(file, Buffer.from('x,y,note\n1,2,gr\xfcn\n', 'latin1')),
    /it is no UTF-8 text/,
  ],
  ['several slides', 'slide,x,y\na,1,2\nb,3,4\n', /places of several slides \(a, b\): make one list a slide/],
  ['several slides, by their files', 'image,x,y\na,1,2\nb,3,4\na,5,6\n', /places of several slides \(a, b\): make one list a slide/],
  [
    'several slides in Parquet',
    parquet([
      { name: 'slide', data: ['a', 'b'] },
      { name: 'x', data: [1, 2] },
      { name: 'y', data: [1, 2] },
    ]),
    /several slides \(a, b\)/,
  ],
  [
    'more rows than are read',
    parquet(['x', 'y'].map((name) => ({ name, data: new Int32Array(2 ** 21 + 1), type: 'INT32' }))),
    /it has 2097153 places, and 2097152 are read/,
  ],
  ['no outlines', parquet([{ name: 'geometry', data: ['a'] }]), /row 0 has no polygon for geometry/],
  ['Parquet that is cut off', 'PAR1\0\0\0\0', /it is no whole Parquet file/],
  ['Arrow', 'ARROW1\0\0', /it is Arrow: save its places as Parquet or CSV/],
  ['JSON', '[[1, 2]]', /it is JSON/],
  ['bytes', 'abc\0', /it is no text/],
  ['several sizes', 'x,y,width,height\n1,2,128,128\n3,4,256,256\n', /line 3 is a patch of 256 x 256, and the first one of 128 x 128/],
  ['places outside', 'x,y\n1,2\n2100,4\n', /1 of 2 lie outside of the slide of 2000 x 1000/],
  ['a pickle in a zip', 'PK\x03\x04', /it is packed/],
  ['STAMP', hdf5(corners, {}, 'coords', { unit: 'um' }), /are in µm \(STAMP's\)/],
  ['STAMP that names no unit', hdf5(corners, {}, 'coords', { tile_size_um: 256, tile_size_px: 224 }), /are in µm \(STAMP's\)/],
  ['STAMP of version 1', withFeats(hdf5(corners, {}, 'coords', { extractor: 'ctranspath' })), /are in steps of 256\/224 µm/],
  ['compressed by h5py alone', lzf, /its 'coords' are compressed by lzf \(32000\), which is not read: write them with gzip/],
  ['features alone', hdf5(corners, {}, 'features'), /it has no array 'coords', but features/],
  ['a link to nothing', ofLink, /its 'coords' is no array, but a type or a link to what is not here/],
  ['a table of pandas', ofPandas, /its 'coords' is no array but a group of axis0/],
  ['half precision', half, /its 'coords' are in half precision/],
  ['another slide', hdf5(corners, { level0_width: 4000, level0_height: 1000 }), /of a slide of 4000 x 1000, and this one has 2000 x 1000/],
  ['a file that is no number', hdf5([[1, Number.NaN]], {}), /row 0 of its 'coords' is no number/],
] as const) {
  test(`places are refused: ${title}`, async (t) => {
    const error = await t.throwsAsync(placed(t, file), { message })
    t.like(error, { code: 'PLACES_UNREADABLE', family: 'SlideError' })
  })
}

test('places that are there twice are told, and a list of none is no mistake, with one axis neither', async (t) => {
  const { patches, told } = await placed(t, 'x,y\n100,200\n900,300\n100,200\n')
  t.is(patches.length, 3)
  t.regex(told, /1 of 3 are there before, as outlines that overlap make them/)
  const none = (file: string) => {
    const open = new File(file, 'w')
    open.create_dataset({ name: 'coords', data: new Float64Array(0), shape: [0], dtype: '<d' })
    open.close()
  }
  t.regex((await placed(t, none)).told, /its file of places has none/)
})

test('places outside of what was scanned are told, as counting from its corner', (t) => {
  const info = { ...slide.info, bounds: { x: 1000, y: 400, width: 500, height: 400 } }
  const at = (x: number, y: number) => mustFit({ x: Float64Array.of(x), y: Float64Array.of(y) }, { width: 128, height: 128 }, info)
  t.deepEqual(at(950, 300), [])
  t.regex(at(300, 200)[0]!, /1 of 1 lie outside of what was scanned \(from 1000, 400 on\)/)
  // A grid over all of the slide does not count from there.
  t.deepEqual(at(800, 200), [])
})

test('the last row of a grid may begin at the edge, as ours does where the size of the slide is rounded up', (t) => {
  // 107 px of 0.4 µm are 85.6 of 0.5, a grid of 86: what begins at 85 begins at 107 px of the slide.
  const levels = [{ width: 271, height: 107, downsample: { x: 1, y: 1 }, tile: { width: 64, height: 64 } }]
  const info = { ...slide.info, width: 271, height: 107, levels }
  const at = (x: number, y: number) => mustFit({ x: Float64Array.of(x), y: Float64Array.of(y) }, { width: 22, height: 39 }, info)
  t.deepEqual(at(200, 107), [])
  t.throws(() => at(200, 108), { message: /1 of 1 lie outside of the slide of 271 x 107/ })
})

test('places need no stride, and none that lie inside', (t) => {
  const problems = (written: object) =>
    spec.problems!(filledIn(spec, { size: 64, at: '0.5 mpp', places: 'x', ...written }, planOf('slide')) as never, planOf('slide'))
  t.deepEqual(problems({}), [])
  for (const written of [{ stride: 32 }, { within: true }])
    t.deepEqual(problems(written), ['places say where patches lie: leave out stride and within'])
  t.true(spec.provides!.grid!(filledIn(spec, { size: 64, at: '0.5 mpp', places: 'x' }, planOf('slide')) as never)!.placed)
  t.deepEqual(problems({ places: '{id}.h5' }), ['places has {id}, and only {slide} stands for something: the id of the slide'])
})

test('a slide has the name that a list says, also with folders, without its ending, and behind a signed address', (t) => {
  const places = { x: Float64Array.of(10), y: Float64Array.of(20) }
  const oddOf = (said: string, uri: string) =>
    mustFit({ ...places, of: said }, { width: 8, height: 8 }, { ...slide.info, id: 'seven', uri }).join()
  for (const uri of ['/data/a b.svs', 'C:\\data\\a b.svs', 'https://host/x/a%20b.svs?X-Amz-Signature=1&x=/2'])
    for (const said of ['a b', 'a b.svs', '/other/a b.svs', 'D:\\other\\a b.h5', 'seven', 'seven.tif'])
      t.is(oddOf(said, uri), '', `${said} of ${uri}`)
  t.is(oddOf('c', '/data/a b.svs'), "they say that they are of the slide 'c'")
})
