/** The parquet sink: one door, two engines that write the same table. */

import zlib from 'node:zlib'
import { oneOf, text, whole } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { fewerWhereWide, groupBytes, largestGroup } from '../common/group-rows.js'
import { widthProblems } from '../common/vector-width.js'

const options = {
  file: text()
    .default('rows/{slide}.parquet')
    .describe('Name of the file, below the output folder. In a folder that holds nothing but tables all of them are opened as one.'),
  engine: oneOf('hyparquet', 'parquetjs')
    .default('hyparquet')
    .describe('What writes: hyparquet (fast), or parquetjs (an optional package, about thirty times slower).'),
  compression: oneOf('snappy', 'gzip', 'zstd', 'none')
    .default('snappy')
    .describe('How pages are compressed; snappy leaves those of vectors as they are, for it finds nothing in them.'),
  row_group: whole(1, largestGroup).default(65_536).describe(`Rows of a row group, ${fewerWhereWide}`),
  dictionary: oneOf('auto', 'off').default('auto').describe('Dictionary-encode categories, and other columns where it halves them.'),
  embeddings: oneOf('list', 'binary')
    .default('list')
    .describe(
      'How vectors are written: as LIST of float (of FLOAT16 where they are float16), or their bytes, little-endian, in one fixed-length binary.',
    ),
}

export default defineSink({
  name: 'parquet',
  summary: 'One Parquet table per slide.',
  options,
  file: 'rows/{slide}.parquet',
  endings: ['.parquet', '.pq'],
  problems: ({ engine, compression, embeddings }, { columns }) => {
    const vector = columns.find((column) => column.type === 'vector')
    const found = widthProblems(columns)
    if (compression === 'zstd' && engine === 'parquetjs') found.push('engine parquetjs cannot compress with zstd: use snappy, gzip or none')
    if (compression === 'zstd' && engine === 'hyparquet' && !('zstdCompressSync' in zlib))
      found.push(`compression zstd needs Node 22.15 or newer, this is ${process.version}: use snappy, gzip or none`)
    if (engine === 'parquetjs' && embeddings === 'list' && vector)
      found.push(`engine parquetjs cannot write the vector '${vector.name}' as a list: use embeddings: binary, or engine: hyparquet`)
    if (engine === 'parquetjs' && columns.some(({ name }) => name === '__proto__'))
      found.push("engine parquetjs cannot write a column '__proto__': rename it, or use engine: hyparquet")
    return found
  },
  // The batches, their columns joined, and the encoded row group; parquetjs keeps each value and its levels in lists of their own.
  holds: ({ row_group, engine }, plan) => groupBytes(row_group, engine === 'parquetjs' ? 30 : 3, plan),
  examples: [
    'parquet',
    'parquet: { file: "tables/{slide}.parquet", compression: gzip }',
    'parquet: { engine: parquetjs, row_group: 10000 }',
  ],
  load: () => import('./sink.js'),
  count: () => import('./count.js'),
})
