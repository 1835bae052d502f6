/**
 * Places in HDF5: `coords`, a row a patch, its first two numbers the corner in baseline pixels. What the attributes beside it say is held
 * against the pipeline: CLAM has patch_size at patch_level and its downsample, TRIDENT and AtlasPatch patch_size_level0, wsinfer patch_size.
 * CLAM's bags (create_patches.py) hold the patches, `imgs`, too: there the corners are in pixels of those, and what they are smaller by stands with them.
 * So do HEST's, `img`, around spots: corners, and before September 2024 middles, y first, by a `factor` that stands with the pictures.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Dataset, Entity, Group } from 'h5wasm/node'
import { hdf5Words, heard, loadHdf5 } from '../../codecs/hdf5.js'
import { someOf } from '../../core/text/some-of.js'
import { mostPlaces, type Places } from '../../geometry/placed.js'
import type { Size } from '../../geometry/region.js'
import type { ByteSource } from '../../readers/byte-source.js'

/** AtlasPatch has five: the corner, its size, and the level. */
const mostColumns = 16

/** Filters that HDF5 itself has not: h5py's lzf, blosc. */
const firstOfOthers = 256

/** Of a file on a server; those with features beside the places are larger. */
const mostFetched = 2 ** 28

/** HDF5 is read from a disk alone: what lies on a server is put there meanwhile. */
export async function fetchedHdf5(source: ByteSource, signal: AbortSignal): Promise<Places> {
  if (source.size > mostFetched)
    throw new RangeError(`it has ${source.size} bytes, and ${mostFetched} of HDF5 are fetched: copy it here, or save its coords as CSV`)
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-places-'))
  try {
    const file = path.join(folder, 'places.h5')
    await writeFile(file, await source.read(0, source.size, signal))
    return await placesInHdf5(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function placesInHdf5(file: string): Promise<Places> {
  const library = await loadHdf5()
  return heard(() => placesBy(library, file))
}

function placesBy({ Dataset, File }: Awaited<ReturnType<typeof loadHdf5>>, file: string): Places {
  let hdf5: InstanceType<typeof File> | undefined
  try {
    hdf5 = new File(file, 'r')
    const coords = hdf5.get('coords')
    if (!(coords instanceof Dataset)) throw new RangeError(noArray(hdf5, coords))
    const [rows, columns] = listShape(coords.shape ?? [])
    if (columns < 2 || columns > mostColumns)
      throw new RangeError(`its 'coords' is of ${coords.shape?.join(' x ') || 'no axes'}: not two numbers a patch`)
    if (coords.dtype === '<e' || coords.dtype === '>e')
      throw new RangeError("its 'coords' are in half precision, which has no odd numbers above 2048: write them as integers")
    if (rows > mostPlaces) throw new RangeError(`it has ${rows} places, and ${mostPlaces} are read`)
    const said = numbersIn({ ...hdf5.attrs, ...coords.attrs })
    refuseOthers(coords, said, hdf5.keys().includes('feats'))
    const values = (rows === 0 ? [] : coords.value) as ArrayLike<unknown>
    const column = (at: number) => Float64Array.from({ length: rows }, (_, i) => numberIn(values[i * columns + at], i))
    const imgs = hdf5.get('imgs')
    const spots = spotsOf(hdf5.get('img'))
    const bag = imgs instanceof Dataset && coords.attrs.patch_level === undefined ? bagOf(imgs) : undefined
    const side = bag?.side ?? sideOf(said) ?? spots?.side
    const name = coords.attrs.name?.value ?? bag?.name
    const whole = bag === undefined ? wholeOf(coords.attrs) : undefined
    const { level0_width: width, level0_height: height } = said.numbers
    const [x, y] = spots?.centred ? [column(1), column(0)] : [column(0), column(1)]
    return {
      x: bag === undefined ? x : x.map((one) => Math.round(one * bag.x)),
      y: bag === undefined ? y : y.map((one) => Math.round(one * bag.y)),
      ...(spots?.centred ? { centred: true as const } : {}),
      ...(typeof name === 'string' && name !== '' ? { of: name } : {}),
      ...(side === undefined ? {} : { size: { width: side, height: side } }),
      ...(width === undefined || height === undefined ? {} : { slide: { width, height } }),
      ...(whole === undefined ? {} : { whole }),
    }
  } catch (error) {
    const words = hdf5Words(error)
    throw words === undefined ? error : new RangeError(`it is no whole HDF5 file: ${words}`, { cause: error })
  } finally {
    hdf5?.close()
  }
}

/** pandas' to_hdf makes a group of a table, with axes and blocks in it. */
function noArray(hdf5: Pick<Group, 'keys'>, coords: Entity | null): string {
  const inside = (group: Pick<Group, 'keys'>) => someOf(group.keys(), 5) || 'nothing'
  if (coords === null) return `it has no array 'coords', but ${inside(hdf5)}`
  return 'keys' in coords
    ? `its 'coords' is no array but a group of ${inside(coords)}, as pandas' to_hdf makes it: save its places as CSV or Parquet`
    : "its 'coords' is no array, but a type or a link to what is not here"
}

/** What is of other units than baseline pixels, or cannot be unpacked. */
function refuseOthers({ filters }: Pick<Dataset, 'filters'>, said: Said, isWithFeatures: boolean): void {
  if (/^(um|µm|μm|micron)/i.test(said.unit ?? '') || said.numbers.tile_size_um !== undefined)
    throw new RangeError("its 'coords' are in µm (STAMP's): divide them by the µm of a baseline pixel")
  // STAMP's of version 1 say nothing of it; what their features are called tells them from those of others.
  if (isWithFeatures && sideOf(said) === undefined)
    throw new RangeError(
      "its 'coords' are in steps of 256/224 µm (STAMP's of version 1): multiply them by 256/224 and divide them by the µm of a baseline pixel",
    )
  const filter = filters.find(({ id }) => id >= firstOfOthers)
  if (filter !== undefined)
    throw new RangeError(
      `its 'coords' are compressed by ${filter.name || 'a filter'} (${filter.id}), which is not read: write them with gzip`,
    )
}

/** Rows and columns: an empty list has no second axis in NumPy, and one of a batch (TITAN's) a further one of length 1. No columns: it is no list. */
function listShape(shape: readonly number[]): readonly [rows: number, columns: number] {
  const [first = 0, second = 0, third = 0] = shape
  if (shape.length === 1) return [first, first === 0 ? 2 : 0]
  if (shape.length === 2) return [first, second]
  return shape.length === 3 && (first === 1 || second === 1) ? [first * second, third] : [first, 0]
}

function numberIn(value: unknown, i: number): number {
  const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN
  if (!Number.isFinite(number)) throw new RangeError(`row ${i} of its 'coords' is no number`)
  return number
}

function pairIn(attrs: Dataset['attrs'], name: string): readonly number[] | undefined {
  const value = attrs[name]?.value
  const numbers = ArrayBuffer.isView(value) || Array.isArray(value) ? Array.from(value as ArrayLike<number | bigint>, Number) : []
  return numbers.length === 2 && numbers.every((one) => one > 0) ? numbers : undefined
}

/** Of CLAM: the slide's size follows from that of the level that the patches are of. */
function wholeOf(attrs: Dataset['attrs']): Size | undefined {
  const [width, height] = pairIn(attrs, 'level_dim') ?? []
  const [x, y] = pairIn(attrs, 'downsample') ?? []
  return width === undefined || x === undefined ? undefined : { width: width * x, height: height! * y! }
}

/** How many times smaller the patches of a bag are, their side in baseline pixels, and their slide; undefined of patches that do not say it. */
function bagOf({ attrs, shape }: Pick<Dataset, 'attrs' | 'shape'>) {
  const [x, y] = pairIn(attrs, 'downsample') ?? []
  if (x === undefined || y === undefined) return undefined
  const level = pairIn(attrs, 'level_dim')?.[0]
  const smaller = pairIn(attrs, 'downsampled_level_dim')?.[0]
  const times = level === undefined || smaller === undefined ? 1 : Math.max(1, Math.round(level / smaller))
  const name = attrs.wsi_name?.value
  return { x: x * times, y: y * times, side: Math.round((shape?.[1] ?? 0) * x * times), name }
}

/** Of HEST's pictures: their side in baseline pixels, and whether their places are middles. */
function spotsOf(img: unknown): { readonly side: number | undefined; readonly centred: boolean } | undefined {
  const attributes = (img as Partial<Pick<Dataset, 'attrs'>> | null)?.attrs
  if (attributes === undefined) return undefined
  const { patch_size: size, factor, patch_size_src: side, patch_size_target: target, downsample } = numbersIn(attributes).numbers
  if (size !== undefined && factor !== undefined) return { side: size, centred: true }
  return { side: side ?? (target !== undefined && downsample !== undefined ? target * downsample : undefined), centred: false }
}

interface Said {
  readonly numbers: Readonly<Record<string, number | undefined>>
  readonly unit: string | undefined
}

/** Attributes by their names; of several numbers the first. */
function numbersIn(attributes: Readonly<Record<string, { readonly value: unknown }>>): Said {
  const numbers: Record<string, number> = {}
  for (const [name, { value }] of Object.entries(attributes)) {
    const first = Array.isArray(value) || ArrayBuffer.isView(value) ? (value as unknown as ArrayLike<unknown>)[0] : value
    const number = typeof first === 'number' || typeof first === 'bigint' ? Number(first) : Number.NaN
    if (Number.isFinite(number)) numbers[name] = number
  }
  const unit = attributes.unit?.value
  return { numbers, unit: typeof unit === 'string' ? unit : undefined }
}

/** Baseline pixels of a patch; undefined where the file does not say. */
function sideOf({ numbers }: Said): number | undefined {
  const { patch_size_level0: side, patch_size: size, patch_level: level, downsample, custom_downsample: custom = 1 } = numbers
  if (side !== undefined) return side
  if (size === undefined || level === undefined) return undefined
  const down = level === 0 ? 1 : downsample
  return down === undefined ? undefined : size * down * custom
}
