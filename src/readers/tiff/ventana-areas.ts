/**
 * Where the camera's tiles lie, as the XMP of a BIF's level 0 says it:
 *
 *     <EncodeInfo>
 *       <SlideStitchInfo> <ImageInfo AOIScanned="1" NumCols NumRows Width Height Pos-X Pos-Y>      an area; Width, Height of a tile
 *           <TileJointInfo Direction="RIGHT" Tile1 Tile2 OverlapX OverlapY Confidence FlagJoined/> …
 *       <AoiOrigin> <AOI0 OriginX OriginY/> …           its first tile in the page, in pixels
 *
 * Tiles are numbered from 1, the bottom row first, every second row from right to left. RIGHT: tile 2 lies right of tile 1; UP: above it. As
 * OpenSlide does it, all tiles lie at one distance: that of a tile, less the mean of the overlaps by their confidence. Pos-Y counts from below.
 *
 * Newer scanners (DP 200) say LEFT, and most of their tiles touch, while those of a few columns overlap: there each column and row has a distance
 * of its own.
 */

import { SlideError } from '../../core/errors.js'
import type { Region, Size } from '../../geometry/region.js'
import { malformed } from '../malformed.js'
import type { LayoutPart, Point } from './layout.js'
import type { Page } from './page.js'
import { childrenOf, within, type XmlNode } from './xml-tree.js'

export interface Areas extends Size {
  /** In the order of painting: the one that begins lowest, then rightmost, is painted last. */
  readonly parts: readonly Pick<LayoutPart, 'column' | 'row' | 'columns' | 'rows' | 'at' | 'advance'>[]
  readonly regions: readonly Region[]
}

interface Area {
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
  readonly x: number
  /** From below. */
  readonly y: number
}

const MOST_TILES = 2 ** 23
/** Of areas that are cut at their boundaries: all are looked at for each patch. */
const MOST_PARTS = 2 ** 14

/** Columns, or rows, that follow each other at one distance. */
interface Run {
  readonly from: number
  readonly count: number
  /** Of the first, from the edge of the area; and from each to the next. */
  readonly at: number
  readonly advance: number
}

interface Placing {
  readonly area: Area
  readonly across: readonly Run[]
  readonly down: readonly Run[]
}

export function areasOf(root: XmlNode, { tile }: Page, uri: string): Areas {
  const infos = childrenOf(within(root, 'SlideStitchInfo'), 'ImageInfo')
  const origins = within(root, 'AoiOrigin')?.children ?? []
  if (root.name !== 'EncodeInfo' || infos.length === 0 || infos.length !== origins.length)
    throw malformed(uri, `is a Ventana BIF with ${infos.length} areas and ${origins.length} origins`)
  const scanned = infos.flatMap((info, i) => (number(info.attributes(), 'AOIScanned', uri) === 0 ? [] : [{ info, origin: origins[i]! }]))
  const areas = scanned.map(({ info, origin }) => areaOf(info, origin, tile, uri))
  if (areas.length === 0) throw malformed(uri, 'is a Ventana BIF of which no area was scanned')
  const joints = scanned.map(({ info }, i) => childrenOf(info, 'TileJointInfo').map((node) => jointOf(node.attributes(), areas[i]!, uri)))
  const placings = joints.flat().some(({ isNewer }) => isNewer)
    ? areas.map((area, i) => eachItsOwn(area, joints[i]!, tile))
    : atOneDistance(areas, joints.flat(), tile)
  if (placings.reduce((sum, { across, down }) => sum + across.length * down.length, 0) > MOST_PARTS)
    throw malformed(uri, `is a Ventana BIF whose tiles lie at more than ${MOST_PARTS} different distances`)
  for (const { across, down } of placings) {
    const x = across.find(({ advance }) => !isNear(advance, tile.width))?.advance
    const y = down.find(({ advance }) => !isNear(advance, tile.height))?.advance
    if (x !== undefined || y !== undefined)
      throw malformed(
        uri,
        `is a Ventana BIF whose tiles of ${tile.width} x ${tile.height} lie ${x ?? across[0]!.advance} x ${y ?? down[0]!.advance} apart`,
      )
  }
  return placedAreas(placings, tile)
}

/** At most half of a tile is shared: else a box would meet any number of them. */
const isNear = (advance: number, side: number) => advance >= side / 2 && advance <= 2 * side

function atOneDistance(areas: readonly Area[], joints: readonly Joint[], tile: Size): readonly Placing[] {
  const [x, y] = [new Mean(), new Mean()]
  for (const { isUp, overlap, confidence } of joints) (isUp ? y : x).add(overlap, confidence)
  const run = (count: number, advance: number): readonly Run[] => [{ from: 0, count, at: 0, advance }]
  return areas.map((area) => ({ area, across: run(area.columns, tile.width - x.value), down: run(area.rows, tile.height - y.value) }))
}

/** Whole pixels: by what is said of each boundary between two columns, or rows; by the middle one of all that are, where nothing is: most touch. */
function eachItsOwn(area: Area, joints: readonly Joint[], tile: Size): Placing {
  const runs = (count: number, side: number, isUp: boolean): readonly Run[] => {
    const means = Array.from({ length: count - 1 }, () => new Mean())
    for (const joint of joints) if (joint.isUp === isUp && joint.isJoined) means[joint.boundary]!.add(joint.overlap, joint.confidence)
    const said = means.flatMap((mean) => (mean.isSaid ? [Math.round(mean.value)] : [])).sort((a, b) => a - b)
    const usual = said[(said.length - 1) >> 1] ?? 0
    const found: Run[] = [{ from: 0, count: 1, at: 0, advance: side }]
    for (const [i, mean] of means.entries()) {
      const advance = side - (mean.isSaid ? Math.round(mean.value) : usual)
      const last = found.at(-1)!
      if (last.count === 1 || last.advance === advance) found[found.length - 1] = { ...last, count: last.count + 1, advance }
      else found.push({ from: i + 1, count: 1, at: last.at + (last.count - 1) * last.advance + advance, advance: side })
    }
    return found
  }
  return { area, across: runs(area.columns, tile.width, false), down: runs(area.rows, tile.height, true) }
}

const lengthOf = (runs: readonly Run[], side: number): number => {
  const { at, count, advance } = runs.at(-1)!
  return at + (count - 1) * advance + side
}

function placedAreas(placings: readonly Placing[], tile: Size): Areas {
  const heightOf = ({ down }: Placing) => Math.trunc(lengthOf(down, tile.height))
  const top = Math.max(0, ...placings.map((placing) => placing.area.y + heightOf(placing)))
  const corner = (placing: Placing): Point => ({ x: placing.area.x, y: top - placing.area.y - heightOf(placing) })
  const sorted = placings.toSorted((a, b) => a.area.row - b.area.row || a.area.column - b.area.column)
  const regions = sorted.map((placing) => ({
    ...corner(placing),
    width: Math.ceil(lengthOf(placing.across, tile.width)),
    height: Math.ceil(lengthOf(placing.down, tile.height)),
  }))
  const parts = sorted.flatMap((placing) => {
    const { area, across, down } = placing
    const { x, y } = corner(placing)
    return down.flatMap((rows) =>
      across.map((columns) => ({
        column: area.column + columns.from,
        row: area.row + rows.from,
        columns: columns.count,
        rows: rows.count,
        at: { x: x + columns.at, y: y + rows.at },
        advance: { x: columns.advance, y: rows.advance },
      })),
    )
  })
  return {
    parts,
    regions,
    width: Math.max(...sorted.map((placing) => corner(placing).x + lengthOf(placing.across, tile.width))),
    height: Math.max(...sorted.map((placing) => corner(placing).y + lengthOf(placing.down, tile.height))),
  }
}

function areaOf(infoNode: XmlNode, originNode: XmlNode, tile: Size, uri: string): Area {
  const [info, origin] = [infoNode.attributes(), originNode.attributes()]
  const whole = (said: Said, name: string) => {
    const value = number(said, name, uri)
    if (!Number.isInteger(value) || value < 0) throw malformed(uri, `is a Ventana BIF with ${name} = ${value}`)
    return value
  }
  const [width, height] = [whole(info, 'Width'), whole(info, 'Height')]
  if (width !== tile.width || height !== tile.height)
    throw malformed(uri, `is a Ventana BIF that speaks of tiles of ${width} x ${height} and has tiles of ${tile.width} x ${tile.height}`)
  const [left, top] = [whole(origin, 'OriginX'), whole(origin, 'OriginY')]
  if (left % width !== 0 || top % height !== 0)
    throw malformed(uri, `is a Ventana BIF with an area that begins within a tile (${left}, ${top})`)
  const [columns, rows] = [whole(info, 'NumCols'), whole(info, 'NumRows')]
  if (columns < 1 || rows < 1 || columns * rows > MOST_TILES)
    throw malformed(uri, `is a Ventana BIF with an area of ${columns} x ${rows} tiles`)
  // Whole numbers that are written as fractions at times.
  const [x, y] = [Math.trunc(number(info, 'Pos-X', uri)), Math.trunc(number(info, 'Pos-Y', uri))]
  return { column: left / width, row: top / height, columns, rows, x, y }
}

interface Joint {
  /** One tile lies above the other, not beside it. */
  readonly isUp: boolean
  /** LEFT or DOWN. */
  readonly isNewer: boolean
  readonly isJoined: boolean
  /** Between which columns, or rows: the number of the one before. */
  readonly boundary: number
  readonly overlap: number
  readonly confidence: number
}

/** The joint joins what it says it does. */
function jointOf(joint: Said, area: Area, uri: string): Joint {
  const direction = joint.get('Direction') ?? ''
  const one = placeOf(number(joint, 'Tile1', uri), area, uri)
  const two = placeOf(number(joint, 'Tile2', uri), area, uri)
  const isUp = direction === 'UP' || direction === 'DOWN'
  const isNewer = direction === 'LEFT' || direction === 'DOWN'
  if (!(isUp || isNewer || direction === 'RIGHT')) {
    throw new SlideError(
      'SLIDE_UNSUPPORTED',
      `${uri} is a Ventana BIF that joins its tiles by the direction ${JSON.stringify(direction.slice(0, 20))}`,
      {
        hint: 'RIGHT, LEFT, UP and DOWN are read; convert it to OME-TIFF, for example with: bfconvert in out.ome.tif',
      },
    )
  }
  const [columns, rows] = [two.column - one.column, two.row - one.row]
  // From which of the two the newer ones are told, nobody writes.
  const fits = isUp
    ? columns === 0 && (rows === -1 || (isNewer && rows === 1))
    : rows === 0 && (columns === 1 || (isNewer && columns === -1))
  if (!fits)
    throw malformed(
      uri,
      `is a Ventana BIF that joins tiles ${joint.get('Tile1')} and ${joint.get('Tile2')} ${direction}, where they do not lie so`,
    )
  return {
    isUp,
    isNewer,
    isJoined: joint.get('FlagJoined') !== '0',
    boundary: isUp ? Math.min(one.row, two.row) : Math.min(one.column, two.column),
    overlap: number(joint, isUp ? 'OverlapY' : 'OverlapX', uri),
    confidence: number(joint, 'Confidence', uri),
  }
}

function placeOf(tile: number, { columns, rows }: Area, uri: string): { readonly column: number; readonly row: number } {
  if (!Number.isInteger(tile) || tile < 1 || tile > columns * rows)
    throw malformed(uri, `is a Ventana BIF that joins tile ${tile} of ${columns * rows}`)
  const row = Math.floor((tile - 1) / columns)
  const column = (tile - 1) % columns
  return { column: row % 2 === 1 ? columns - column - 1 : column, row: rows - row - 1 }
}

class Mean {
  #sum = 0
  #weight = 0

  add(value: number, weight: number): void {
    this.#sum += value * weight
    this.#weight += weight
  }

  get isSaid(): boolean {
    return this.#weight > 0
  }

  /** 0 where nobody says anything, or nobody is sure. */
  get value(): number {
    return this.#weight === 0 ? 0 : this.#sum / this.#weight
  }
}

type Said = ReadonlyMap<string, string>

function number(said: Said, name: string, uri: string): number {
  const text = said.get(name)
  if (text === undefined || !/^\s*[+-]?\d{1,12}(\.\d{0,12})?\s*$/.test(text))
    throw malformed(uri, `is a Ventana BIF with an area or a joint whose ${name} is no number`)
  return Number(text)
}
