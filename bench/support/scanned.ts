/**
 * Slides as scanners write them, as wide as a scan is (40,960 pixels and more) and eight tiles high: the tiles of the generated slides, in the file of each
 * vendor. Each is made once. So what differs from format to format is the format, not the picture.
 */

import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { hash } from '../../fixtures/demo/noise.js'
import { el } from '../../fixtures/dicom-file.js'
import { slideFile, syntaxes } from '../../fixtures/dicom-slide.js'
import { mrxsOf } from '../../fixtures/mrxs-grid.js'
import { cutJpeg, ndpiOf } from '../../fixtures/ndpi.js'
import { described, perCentimetre, software } from '../../fixtures/scanner-pages.js'
import { long, type PageSpec, short, tiffOf } from '../../fixtures/tiff.js'
import type { Tag } from '../../src/codecs/tiff-writer/tags.js'
import type { Size } from '../../src/geometry/region.js'
import { dataPath } from './folders.js'
import { tissueTiles } from './slides.js'

export const tile = 256
/** Tiles side by side, and below each other. */
export const across = 160
const down = 8
const side: Size = { width: across * tile, height: down * tile }

export interface Scanned {
  readonly format: string
  readonly path: string
  /** Pixels of level 0, and where the scan begins in it. */
  readonly width: number
  readonly height: number
  readonly left: number
  readonly top: number
}

type File = readonly [name: string, bytes: Uint8Array]
interface Made {
  readonly format: string
  /** The file that is opened, of all that are written. */
  readonly name: string
  /** What less it is than all tiles edge to edge, of both sides: pixels for each joint of tiles. */
  readonly less?: readonly [width: number, height: number]
  readonly corner?: number
  readonly make: () => Promise<readonly File[]>
}

/** Tiles overlap by so much in a BIF. */
const overlap = 8
/** Of the photos of an MRXS, each of 2 × 2 tiles. */
const photoOverlap = 16

const formats: readonly Made[] = [
  { format: 'SVS', name: 'aperio.svs', make: aperio },
  { format: 'NDPI', name: 'hamamatsu.ndpi', make: hamamatsu },
  { format: 'DICOM JPEG', name: 'dicom.dcm', make: dicom },
  { format: 'MRXS', name: 'mirax.mrxs', less: [(across / 2 - 1) * photoOverlap, (down / 2 - 1) * photoOverlap], make: mirax },
  { format: 'SCN', name: 'leica.scn', corner: 512, make: leica },
  { format: 'BIF', name: 'ventana.bif', less: [(across - 1) * overlap, (down - 1) * overlap], make: ventana },
  { format: 'Philips', name: 'philips.tiff', make: philips },
]

export async function scannedSlides(): Promise<Scanned[]> {
  const slides: Scanned[] = []
  for (const { format, name, less = [0, 0], corner = 0, make } of formats) {
    const folder = dataPath('scanned', `${name.replace('.', '-')}-wide`)
    if (!existsSync(folder)) {
      const partial = `${folder}.partial`
      await rm(partial, { recursive: true, force: true })
      for (const [file, bytes] of await make()) {
        const at = path.join(partial, file)
        await mkdir(path.dirname(at), { recursive: true })
        await writeFile(at, bytes)
      }
      await rename(partial, folder)
    }
    slides.push({
      format,
      path: path.join(folder, name),
      width: side.width - less[0],
      height: side.height - less[1],
      left: corner,
      top: corner,
    })
  }
  return slides
}

const variantAt = (column: number, row: number, of: number) => Math.floor(hash(column, row, 100) * of)

/** Whole JPEG streams, row by row. */
async function streams(): Promise<Uint8Array[]> {
  const { streams } = await tissueTiles()
  return Array.from({ length: across * down }, (_, i) => streams[variantAt(i % across, Math.floor(i / across), streams.length)]!)
}

const page = (tiles: readonly Uint8Array[], tags: readonly Tag[], columns = across): PageSpec => ({
  tags: [
    long(256, columns * tile),
    long(257, (tiles.length / columns) * tile),
    short(258, 8, 8, 8),
    short(259, 7),
    short(262, 6),
    short(277, 3),
    short(284, 1),
    long(322, tile),
    long(323, tile),
    short(530, 2, 2),
    ...tags,
  ],
  tiles,
  tiled: true,
})

async function aperio(): Promise<File[]> {
  const about = `Aperio Image Library v11.2.1\r\n${side.width}x${side.height} [0,0 ${side.width}x${side.height}] (256x256) JPEG/RGB Q=80|AppMag = 20|MPP = 0.4990`
  return [['aperio.svs', tiffOf([page(await streams(), [described(about)])])]]
}

async function philips(): Promise<File[]> {
  const attribute = (name: string, inside: string) => `<Attribute Name="${name}">${inside}</Attribute>`
  const spacing = attribute('DICOM_PIXEL_SPACING', '"0.000250000" "0.000250000"')
  const one = `<DataObject ObjectType="PixelDataRepresentation">${spacing}</DataObject>`
  const scan = `<DataObject ObjectType="DPScannedImage">${[
    attribute('DICOM_DERIVATION_DESCRIPTION', 'tiff-useBigTIFF=1-useRgb=0-levels=1-processing=0-q80-sourceFilename="a"'),
    spacing,
    attribute('PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE', `<Array>${one}</Array>`),
    attribute('PIM_DP_IMAGE_TYPE', 'WSI'),
  ].join('')}</DataObject>`
  const xml = `<?xml version="1.0" encoding="UTF-8" ?><DataObject ObjectType="DPUfsImport">${attribute('PIM_DP_SCANNED_IMAGES', `<Array>${scan}</Array>`)}</DataObject>`
  return [['philips.tiff', tiffOf([page(await streams(), [described(xml), software('Philips DP v1.0')])], true)]]
}

/** The scan lies 512 pixels from both edges of the glass. */
async function leica(): Promise<File[]> {
  const nm = 250
  const corner = 512 * nm
  const scan = { width: side.width * nm, height: side.height * nm }
  const glass = { width: scan.width + 2 * corner, height: scan.height + 2 * corner }
  const image = (size: Size, ifd: number, view: string, objective: string) =>
    `<image><pixels><dimension sizeX="${size.width}" sizeY="${size.height}" r="0" ifd="${ifd}"/></pixels>${view}<scanSettings><objectiveSettings><objective>${objective}</objective></objectiveSettings><illuminationSettings><illuminationSource>brightfield</illuminationSource></illuminationSettings></scanSettings></image>`
  const view = (size: Size, at: number) => `<view sizeX="${size.width}" sizeY="${size.height}" offsetX="${at}" offsetY="${at}"/>`
  const xml = `<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01" uuid="urn:uuid:1"><collection name="c" sizeX="${glass.width}" sizeY="${glass.height}"><barcode>MTIz</barcode>${image({ width: 2 * tile, height: 2 * tile }, 0, view(glass, 0), '0.6')}${image(side, 1, view(scan, corner), '20')}</collection></scn>`
  const tiles = await streams()
  const pages = [page(tiles.slice(0, 4), [described(xml)], 2), page(tiles, perCentimetre(40_000))]
  return [['leica.scn', tiffOf(pages, true)]]
}

/** One area, numbered from its lower left, rightwards and leftwards in turn. */
async function ventana(): Promise<File[]> {
  const number = (column: number, row: number) => {
    const up = down - 1 - row
    return up * across + (up % 2 === 0 ? column : across - 1 - column) + 1
  }
  const joint = (direction: string, one: number, two: number, x: number, y: number) =>
    `<TileJointInfo FlagJoined="1" Confidence="100" Direction="${direction}" Tile1="${one}" Tile2="${two}" OverlapX="${x}" OverlapY="${y}"/>`
  const joints: string[] = []
  for (let row = 0; row < down; row++)
    for (let column = 0; column < across; column++) {
      if (column + 1 < across) joints.push(joint('RIGHT', number(column, row), number(column + 1, row), overlap, 0))
      if (row > 0) joints.push(joint('UP', number(column, row), number(column, row - 1), 0, overlap))
    }
  const encode = `<EncodeInfo Ver="2"><SlideInfo/><SlideStitchInfo><ImageInfo AOIScanned="1" AOIIndex="0" NumCols="${across}" NumRows="${down}" Width="${tile}" Height="${tile}" Pos-X="0" Pos-Y="0">${joints.join('')}</ImageInfo></SlideStitchInfo><AoiOrigin><AOI0 OriginX="0" OriginY="0"/></AoiOrigin></EncodeInfo>`
  const scan = '<?xml version="1.0"?><Metadata><iScan Magnification="20" ScanRes="0.465" UnitNumber="1"/></Metadata>'
  const xmp = (text: string): Tag => ({ id: 700, type: 'undefined', values: Buffer.from(text) })
  const tiles = await streams()
  const pages = [
    page(tiles.slice(0, 4), [described('Label Image'), xmp(scan)], 2),
    page(tiles, [described('level=0 mag=20 quality=90'), xmp(encode)]),
  ]
  return [['ventana.bif', tiffOf(pages, true)]]
}

/** Restart intervals of a tile's width and 8 rows: each stands for itself, so those of few tiles make any slide. */
async function hamamatsu(): Promise<File[]> {
  const { pixels } = await tissueTiles()
  const { jpeg, starts } = await cutJpeg({ width: tile, height: tile * pixels.length, data: Buffer.concat(pixels) }, tile, { quality: 80 })
  const perTile = tile / 8
  const intervals = starts.map((start, i) => jpeg.subarray(start, (starts[i + 1] ?? jpeg.length) - 2))
  const header = Buffer.from(jpeg.subarray(0, starts[0]))
  const size = header.indexOf(Buffer.of(0xff, 0xc0)) + 5
  header.writeUInt16BE(side.height, size)
  header.writeUInt16BE(side.width, size + 2)
  const parts: Buffer[] = [header]
  const places: number[] = []
  let at = header.length
  for (let row = 0; row < side.height / 8; row++)
    for (let column = 0; column < across; column++) {
      const tileRow = Math.floor(row / perTile)
      const bytes = intervals[variantAt(column, tileRow, pixels.length) * perTile + (row % perTile)]!
      const isLast = places.length + 1 === (side.height / 8) * across
      parts.push(bytes, Buffer.of(0xff, isLast ? 0xd9 : 0xd0 + (places.length & 7)))
      places.push(at)
      at += bytes.length + 2
    }
  return [['hamamatsu.ndpi', ndpiOf([{ ...side, data: Buffer.concat(parts), lens: 20, starts: places }])]]
}

async function dicom(): Promise<File[]> {
  const bytes = slideFile({
    uid: '1.2.3.4.1',
    syntax: syntaxes.jpeg,
    size: side,
    tile,
    mpp: { x: 0.5, y: 0.5 },
    pixels: { frames: await streams(), table: 'basic' },
    changes: { 2621444: el(0x0028_0004, 'CS', 'YBR_FULL_422') },
  })
  return [['dicom.dcm', bytes]]
}

async function mirax(): Promise<File[]> {
  const images = await streams()
  return [...mrxsOf('mirax', (i) => images[i]!, { across, down, tile, overlap: photoOverlap })]
}
