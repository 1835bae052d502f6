/**
 * Where the camera's tiles lie, as the XMP of a BIF's level 0 says it:
 *
 *     <EncodeInfo>
 *       <SlideStitchInfo> <ImageInfo AOIScanned="1" NumCols NumRows Width Height Pos-X Pos-Y>      an area; Width, Height of a tile
 *           <TileJointInfo Direction="RIGHT" Tile1 Tile2 OverlapX OverlapY Confidence/> …
 *       <AoiOrigin> <AOI0 OriginX OriginY/> …           its first tile in the page, in pixels
 *
 * Tiles are numbered from 1, the bottom row first, every second row from right to left. RIGHT: tile 2 lies right of tile 1; UP: above it. As
 * OpenSlide does it, all tiles lie at one distance: that of a tile, less the mean of the overlaps by their confidence. Pos-Y counts from below.
 */

import { SlideError } from '../../core/errors.js'
import type { Region, Size } from '../../geometry/region.js'
import { malformed } from './entries.js'
import type { LayoutPart, Point } from './layout.js'
import type { Page } from './page.js'
import { childrenOf, within, type XmlNode } from './xml-tree.js'

export interface Areas extends Size {
  readonly advance: Point
  /** In the order of painting: the one that begins lowest, then rightmost, is painted last. */
  readonly parts: readonly Pick<LayoutPart, 'column' | 'row' | 'columns' | 'rows' | 'at'>[]
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

export function areasOf(root: XmlNode, { tile }: Page, uri: string): Areas {
  const infos = childrenOf(within(root, 'SlideStitchInfo'), 'ImageInfo')
  const origins = within(root, 'AoiOrigin')?.children ?? []
  if (root.name !== 'EncodeInfo' || infos.length === 0 || infos.length !== origins.length)
    throw malformed(uri, `is a Ventana BIF with ${infos.length} areas and ${origins.length} origins`)
  const scanned = infos.flatMap((info, i) => (number(info.attributes(), 'AOIScanned', uri) === 0 ? [] : [{ info, origin: origins[i]! }]))
  const areas = scanned.map(({ info, origin }) => areaOf(info, origin, tile, uri))
  if (areas.length === 0) throw malformed(uri, 'is a Ventana BIF of which no area was scanned')
  const [x, y] = [new Mean(), new Mean()]
  for (const [i, { info }] of scanned.entries())
    for (const node of childrenOf(info, 'TileJointInfo')) {
      const joint = node.attributes()
      const up = isUp(joint, areas[i]!, uri)
      const overlap = number(joint, up ? 'OverlapY' : 'OverlapX', uri)
      ;(up ? y : x).add(overlap, number(joint, 'Confidence', uri))
    }
  const advance = { x: tile.width - x.value, y: tile.height - y.value }
  // More than half of a tile: then a box would meet any number of them.
  if (!(advance.x >= tile.width / 2 && advance.y >= tile.height / 2 && advance.x <= 2 * tile.width && advance.y <= 2 * tile.height))
    throw malformed(uri, `is a Ventana BIF whose tiles of ${tile.width} x ${tile.height} lie ${advance.x} x ${advance.y} apart`)
  return placedAreas(areas, advance, tile)
}

function placedAreas(areas: readonly Area[], advance: Point, tile: Size): Areas {
  const heightOf = ({ rows }: Area) => Math.trunc((rows - 1) * advance.y + tile.height)
  const top = Math.max(0, ...areas.map((area) => area.y + heightOf(area)))
  const parts = areas
    .map(({ y, x, ...area }) => ({ ...area, at: { x, y: top - y - heightOf({ ...area, x, y }) } }))
    .sort((a, b) => a.row - b.row || a.column - b.column)
  const regions = parts.map(({ at, columns, rows }) => ({
    x: Math.floor(at.x),
    y: Math.floor(at.y),
    width: Math.ceil((columns - 1) * advance.x + tile.width),
    height: Math.ceil((rows - 1) * advance.y + tile.height),
  }))
  const end = (from: number, count: number, step: number, size: number) => from + (count - 1) * step + size
  return {
    advance,
    parts,
    regions,
    width: Math.max(...parts.map(({ at, columns }) => end(at.x, columns, advance.x, tile.width))),
    height: Math.max(...parts.map(({ at, rows }) => end(at.y, rows, advance.y, tile.height))),
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

/** The joint joins what it says it does; true for one above the other. */
function isUp(joint: Said, area: Area, uri: string): boolean {
  const direction = joint.get('Direction') ?? ''
  const one = placeOf(number(joint, 'Tile1', uri), area, uri)
  const two = placeOf(number(joint, 'Tile2', uri), area, uri)
  if (direction !== 'RIGHT' && direction !== 'UP') {
    throw new SlideError(
      'SLIDE_UNSUPPORTED',
      `${uri} is a Ventana BIF that joins its tiles by the direction ${JSON.stringify(direction.slice(0, 20))}`,
      {
        hint: 'RIGHT and UP are read; convert it to OME-TIFF, for example with: bfconvert in out.ome.tif',
      },
    )
  }
  const up = direction === 'UP'
  const fits = up ? two.column === one.column && two.row === one.row - 1 : two.column === one.column + 1 && two.row === one.row
  if (!fits)
    throw malformed(
      uri,
      `is a Ventana BIF that joins tiles ${joint.get('Tile1')} and ${joint.get('Tile2')} ${direction}, where they do not lie so`,
    )
  return up
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
