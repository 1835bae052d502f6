/** An MRXS slide of one level out of ready images: photos of 2 × 2 of them, each a little beside its regular place. */

export interface MrxsGrid {
  /** Images a side, an even number. */
  readonly across: number
  /** Pixels of an image's side, and of what two photos have in common. */
  readonly tile: number
  readonly overlap: number
}

const id = '0123456789ABCDEF'
const le = (...values: readonly number[]): Buffer => Buffer.from(Int32Array.from(values).buffer)

/** The files, by their names from the folder in which the .mrxs lies; `images` are whole JPEGs, row by row. */
export function mrxsOf(name: string, images: readonly Uint8Array[], grid: MrxsGrid): (readonly [string, Uint8Array])[] {
  const { across, tile, overlap } = grid
  const photos = across / 2
  const data: Uint8Array[] = [Buffer.from('data')]
  let at = data[0]!.length
  const records = images.map((bytes, i) => {
    const record = le(i, at, bytes.length, 0)
    data.push(bytes)
    at += bytes.length
    return record
  })
  const moved = (i: number, by: number) => Math.max(0, i * (2 * tile - overlap) + by)
  const positions = Array.from({ length: photos * photos }, (_, i) => {
    const [x, y] = [i % photos, Math.floor(i / photos)]
    return Buffer.concat([Buffer.of(1), le(moved(x, x === 0 ? 0 : (i % 5) - 2), moved(y, y === 0 ? 0 : (i % 3) - 1))])
  })
  const buffer = Buffer.concat(positions)

  // Roots, then of each: (0, page), the page.
  const head = Buffer.from(`01.02${id}`)
  const first = head.length + 8
  const levelPage = [le(0, first + 8), le(records.length, 0), ...records]
  const levelBytes = levelPage.reduce((sum, { length }) => sum + length, 0)
  const otherPage = [le(0, first + levelBytes + 8), le(1, 0, 0, 0), le(0, buffer.length, 1)]
  const otherBytes = otherPage.reduce((sum, { length }) => sum + length, 0)
  const roots = first + levelBytes + otherBytes
  const index = Buffer.concat([head, le(roots, roots + 4), ...levelPage, ...otherPage, le(first), le(first + levelBytes)])
  return [
    [`${name}.mrxs`, images[0]!],
    [`${name}/Slidedat.ini`, Buffer.from(slidedat(grid))],
    [`${name}/Index.dat`, index],
    [`${name}/Data0000.dat`, Buffer.concat(data)],
    [`${name}/Data0001.dat`, buffer],
  ]
}

const slidedat = ({ across, tile, overlap }: MrxsGrid): string =>
  `[GENERAL]
SLIDE_ID = ${id}
IMAGENUMBER_X = ${across}
IMAGENUMBER_Y = ${across}
OBJECTIVE_MAGNIFICATION = 20
CameraImageDivisionsPerSide = 2
[HIERARCHICAL]
INDEXFILE = Index.dat
HIER_COUNT = 1
NONHIER_COUNT = 1
HIER_0_NAME = Slide zoom level
HIER_0_COUNT = 1
HIER_0_VAL_0 = ZoomLevel_0
HIER_0_VAL_0_SECTION = LEVEL_0
NONHIER_0_NAME = VIMSLIDE_POSITION_BUFFER
NONHIER_0_COUNT = 1
NONHIER_0_VAL_0 = default
NONHIER_0_VAL_0_SECTION = POSITIONS
[DATAFILE]
FILE_COUNT = 2
FILE_0 = Data0000.dat
FILE_1 = Data0001.dat
[LEVEL_0]
OVERLAP_X = ${overlap}
OVERLAP_Y = ${overlap}
MICROMETER_PER_PIXEL_X = 0.5
MICROMETER_PER_PIXEL_Y = 0.5
IMAGE_FILL_COLOR_BGR = 16777215
DIGITIZER_WIDTH = ${tile}
DIGITIZER_HEIGHT = ${tile}
IMAGE_CONCAT_FACTOR = 0
IMAGE_FORMAT = JPEG
`
