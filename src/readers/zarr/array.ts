/**
 * One array of a slide: how it is cut into chunks, which files hold them, and by what they are packed, checked against what we read and what we
 * hold. A file holds one chunk or (a shard) many, with a table of their places at its end, or its beginning. Pure.
 */

import { SlideError } from '../../core/errors.js'
import type { Limits } from '../limits.js'
import { malformed } from '../malformed.js'
import { type Json, listOf, numberOf, objectOf, shown, textOf } from './json.js'
import { type AxisName, unsupported } from './multiscale.js'
import type { Node } from './node.js'

export interface LevelArray {
  readonly path: string
  readonly version: 2 | 3
  readonly shape: readonly number[]
  /** What is decoded at once. */
  readonly chunk: readonly number[]
  /** What lies in one file: a chunk, or a whole number of them. */
  readonly inFile: readonly number[]
  /** The file that holds some chunks, by its place among the files. */
  readonly fileOf: (place: readonly number[]) => string
  /** By what the chunks are packed: `blosc`, `zstd`, `none` … */
  readonly compression: string
  /** The table of a shard lies at its beginning. */
  readonly tableFirst: boolean
  /** What a chunk that is not there has. */
  readonly fill: number
}

/** Chunks in a shard; the table of a shard is read whole, 16 bytes for each. */
const MOST_IN_SHARD = 2 ** 20
/** Bytes of a chunk of any number of planes. */
const MOST_OF_PLANES = 2 ** 24

/** What leaves the numbers as they are. */
const plain = ['bytes', 'transpose', 'crc32c']
export const packers = ['blosc', 'zstd', 'gzip', 'zlib', 'lz4'] as const

export function levelArray(node: Node | null, path: string, axes: readonly AxisName[], uri: string, limits: Limits): LevelArray {
  const { array, version } = node ?? {}
  if (array === undefined || version === undefined) throw malformed(uri, `has no array ${path}, which its multiscales name`)
  const type = textOf(version === 3 ? array.data_type : array.dtype)
  if (type !== 'uint8' && type !== '|u1' && type !== 'u1')
    throw unsupported(
      uri,
      `has pixels of the type ${shown(array.data_type ?? array.dtype)}, where 8 bits (uint8) are needed`,
      'convert it to 8-bit RGB first',
    )
  const what = version === 3 ? third(array, uri) : second(array)
  const { shape, inFile, chunk, codecs } = what
  for (const [name, sizes] of Object.entries({ shape, chunks: inFile, 'chunks in a shard': chunk })) {
    if (sizes.length !== axes.length || !sizes.every((n) => Number.isSafeInteger(n) && n > 0))
      throw malformed(uri, `has an array ${path} of the ${name} ${shown(sizes)}, where ${axes.length} sizes above 0 are needed (${axes})`)
  }
  if (chunk.some((n, i) => inFile[i]! % n !== 0))
    throw malformed(uri, `has shards (${inFile}) that are no whole number of chunks (${chunk})`)
  for (const name of codecs) {
    if (!plain.includes(name) && !packers.some((packer) => packer === name))
      throw unsupported(uri, `is packed by ${shown(name)}, which is not read`, 'write it again with blosc, zstd or gzip')
  }
  refuseLarge({ path, shape, chunk, inFile }, axes, uri, limits)
  const compression = codecs.findLast((name) => !plain.includes(name)) ?? 'none'
  return {
    path,
    version,
    shape,
    chunk,
    inFile,
    fileOf: (place) => `${path}/${what.nameOf(place)}`,
    compression,
    tableFirst: what.tableFirst,
    fill: numberOf(array.fill_value) ?? 0,
  }
}

/** An array as both versions say it. */
interface Said {
  readonly shape: readonly number[]
  readonly inFile: readonly number[]
  readonly chunk: readonly number[]
  readonly codecs: readonly string[]
  readonly tableFirst: boolean
  readonly nameOf: (place: readonly number[]) => string
}

const sizes = (value: unknown): number[] => listOf(value).map((n) => numberOf(n) ?? Number.NaN)

function second(array: Json): Said {
  const chunk = sizes(array.chunks)
  const separator = textOf(array.dimension_separator) ?? '.'
  const codecs = [...listOf(array.filters), ...(array.compressor === null ? [] : [array.compressor])]
  return {
    shape: sizes(array.shape),
    chunk,
    inFile: chunk,
    codecs: codecs.map((codec) => textOf(objectOf(codec).id) ?? shown(codec)),
    tableFirst: false,
    nameOf: (place) => place.join(separator),
  }
}

function third(array: Json, uri: string): Said {
  const grid = objectOf(array.chunk_grid)
  if (grid.name !== 'regular') throw unsupported(uri, `has chunks on a grid of the kind ${shown(grid.name)}, which is not read`)
  if (listOf(array.storage_transformers).length > 0) throw unsupported(uri, 'has storage transformers, which are not read')
  const inFile = sizes(objectOf(grid.configuration).chunk_shape)
  const keys = objectOf(array.chunk_key_encoding)
  const inOrder = keys.name === 'v2'
  if (!inOrder && keys.name !== 'default') throw unsupported(uri, `names its chunks by ${shown(keys.name)}, which is not read`)
  const separator = textOf(objectOf(keys.configuration).separator) ?? (inOrder ? '.' : '/')
  const nameOf = (place: readonly number[]) => (inOrder ? place.join(separator) : ['c', ...place].join(separator))
  const outer = listOf(array.codecs).map(objectOf)
  const sharding = outer.find(({ name }) => name === 'sharding_indexed')
  const base = { shape: sizes(array.shape), inFile, nameOf }
  if (sharding === undefined) return { ...base, tableFirst: false, chunk: inFile, codecs: outer.map(nameOfCodec) }
  if (outer.length > 1) throw unsupported(uri, `packs its shards by ${outer.map(nameOfCodec).join(', ')}, which is not read`)
  const { chunk_shape, codecs, index_codecs, index_location = 'end' } = objectOf(sharding.configuration)
  if (index_location !== 'end' && index_location !== 'start')
    throw unsupported(uri, `has shards whose table lies at the ${shown(index_location)}`, 'write it again with index_location end')
  const index = listOf(index_codecs).map(objectOf).map(nameOfCodec)
  if (index.some((name) => !plain.includes(name))) throw unsupported(uri, `has shards whose table is packed by ${index.join(', ')}`)
  return {
    ...base,
    tableFirst: index_location === 'start',
    chunk: sizes(chunk_shape),
    codecs: listOf(codecs).map(objectOf).map(nameOfCodec),
  }
}

/** Codecs of version 2 are called so in version 3. */
const nameOfCodec = ({ name }: Json) => (textOf(name) ?? shown(name)).replace(/^numcodecs\./, '')

const product = (sizes: readonly number[]) => sizes.reduce((all, n) => all * n, 1)

function refuseLarge(
  { path, shape, chunk, inFile }: Pick<LevelArray, 'path' | 'shape' | 'chunk' | 'inFile'>,
  axes: readonly AxisName[],
  uri: string,
  limits: Limits,
): void {
  const [x, y] = [axes.indexOf('x'), axes.indexOf('y')]
  const tooLarge = (fact: string, most: number) => {
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} has an array ${path} ${fact}, more than ${most}`)
  }
  if (shape[x]! * shape[y]! > limits.imagePixels) tooLarge(`of ${shape[x]} x ${shape[y]} pixels`, limits.imagePixels)
  if (chunk[x]! * chunk[y]! > limits.tilePixels) tooLarge(`in chunks of ${chunk[x]} x ${chunk[y]} pixels`, limits.tilePixels)
  // Three colours and one besides, if a writer likes fours; small ones may reach beyond the only plane of a stack.
  const planes = product(chunk) / (chunk[x]! * chunk[y]!)
  if (planes > 4 && product(chunk) > MOST_OF_PLANES) tooLarge(`in chunks of ${planes} planes`, 4)
  const tiles = Math.ceil(shape[x]! / chunk[x]!) * Math.ceil(shape[y]! / chunk[y]!)
  if (tiles > limits.tiles) tooLarge(`of ${tiles} chunks`, limits.tiles)
  const inShard = product(inFile.map((n, i) => n / chunk[i]!))
  if (inShard > MOST_IN_SHARD) tooLarge(`with ${inShard} chunks in a shard`, MOST_IN_SHARD)
}
