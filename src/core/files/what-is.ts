/** What a path is that a person has named by mistake: by its first bytes, in words, with the command that takes it. */

import { open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { instead, withoutSecrets } from '../address.js'
import { someOf } from '../text/some-of.js'
import { isFolder } from './is-folder.js'

export interface Named {
  /** Reads on from the path: `is a slide or picture (TIFF)`. */
  readonly fact: string
  readonly hint: string
  readonly kind: 'missing' | 'folder' | 'parquet' | 'arrow' | 'other' | 'unknown'
}

const slide = 'tiastream inspect says what a slide or picture is'
const convert = 'name the .parquet file of the same slide, or an output folder'

/** First bytes, as Latin-1. */
const magics: readonly [begin: string, kind: Named['kind'], what: string, hint: string][] = [
  ['PAR1', 'parquet', 'a Parquet file', 'it may be cut off: run the pipeline again'],
  ['ARROW1', 'arrow', 'an Arrow file', 'tiastream show reads it; other commands take the .parquet file of the same slide'],
  ...['II*\0', 'II+\0', 'MM\0*', 'MM\0+'].map((tiff): [string, 'other', string, string] => [
    tiff,
    'other',
    'a slide or picture (TIFF)',
    slide,
  ]),
  ['\x89PNG', 'other', 'a picture (PNG)', slide],
  ['\xff\xd8\xff', 'other', 'a picture (JPEG)', slide],
  ['%PDF', 'other', 'a PDF', convert],
  ['\x89HDF', 'other', 'an HDF5 file', convert],
  ['SQLite format 3\0', 'other', 'an SQLite database', convert],
  ['PK\x03\x04', 'other', 'a zip or workbook (.xlsx, .ods)', convert],
  ['\xd0\xcf\x11\xe0', 'other', 'an old workbook (.xls)', convert],
  ['\x1f\x8b', 'other', 'compressed (gzip)', 'unpack it first'],
]

/** What a file is that begins like this, where its format says so itself. */
export const formatOf = (begin: string): string | undefined => magics.find(([magic]) => begin.startsWith(magic))?.[2]

const endings: readonly [ending: RegExp, what: string, hint: string][] = [
  [/\.ya?ml$/i, 'a pipeline or card (YAML)', 'tiastream plan says what a pipeline does, tiastream models verify what a model does'],
  [/\.onnx$/i, 'a model (ONNX)', 'tiastream models verify FOLDER runs a model'],
  [/\.(csv|tsv|txt|jsonl?|geojson)$/i, 'a text file', convert],
]

/** What lies at an address, by its ending alone: nothing is asked. Null for what is no table: an output. */
export function tableAt(address: string): 'parquet' | 'arrow' | null {
  const bare = withoutSecrets(address)
  if (/\.(parquet|pq)$/i.test(bare)) return 'parquet'
  return /\.(arrow|feather|ipc)$/i.test(bare) ? 'arrow' : null
}

export async function whatIs(name: string): Promise<Named> {
  const found = await stat(name).catch(() => null)
  if (!found) return { kind: 'missing', fact: 'is not there', hint: instead(name) ?? 'look at its spelling, and at the folder you are in' }
  if (found.isDirectory()) return { kind: 'folder', ...(await folder(name)) }
  if (!found.isFile()) return { kind: 'other', fact: 'is no plain file', hint: 'name a file on the disk' }
  if (found.size === 0) return { kind: 'other', fact: 'is empty', hint: 'run the pipeline again' }
  const begin = await beginOf(name)
  const [, kind, what, hint] = magics.find(([magic]) => begin.startsWith(magic)) ?? []
  if (kind !== undefined) return { kind, fact: `is ${what}`, hint: hint! }
  const [, named, remedy] = endings.find(([ending]) => ending.test(name)) ?? []
  if (named === undefined) return { kind: 'unknown', fact: 'is no table', hint: convert }
  return { kind: 'other', fact: `is ${named}`, hint: remedy! }
}

async function folder(name: string): Promise<Pick<Named, 'fact' | 'hint'>> {
  const names = await readdir(name).catch(() => [] as string[])
  const inState = path.resolve(name).split(path.sep).lastIndexOf('.tiastream')
  if (inState > 0) {
    const output = path.resolve(name).split(path.sep).slice(0, inState).join(path.sep)
    return { fact: 'is the state that a run keeps', hint: `name the output folder: ${output}` }
  }
  if (names.includes('model.yml') || names.includes('model.onnx'))
    return { fact: 'is the folder of a model', hint: `tiastream models verify ${name} runs it` }
  if (names.includes('.zgroup') || names.includes('.zarray')) return { fact: 'is a zarr store', hint: convert }
  const outputs: string[] = []
  for (const one of names.slice(0, 1000)) if (await isOutput(path.join(name, one))) outputs.push(path.join(name, one))
  const tables = names.filter((one) => one.endsWith('.parquet')).sort()
  const above = path.dirname(path.resolve(name))
  if (tables.length > 0 && outputs.length === 0 && (await isOutput(above)))
    return { fact: 'is the folder of the tables of an output', hint: `name the output folder: ${above}` }
  if (tables.length > 0 && outputs.length === 0)
    return { fact: 'is a folder', hint: `name one of its tables: ${some(tables.map((one) => path.join(name, one)))}` }
  if (outputs.length > 0) return { fact: 'is a folder', hint: `did you mean an output folder in it: ${some(outputs.sort())}?` }
  return { fact: 'is a folder without tables', hint: 'name a table, or the output folder of a run: the one that holds .tiastream' }
}

export const isOutput = (name: string): Promise<boolean> => isFolder(path.join(name, '.tiastream'))

const some = (names: readonly string[]): string => someOf(names, 3)

async function beginOf(name: string): Promise<string> {
  const handle = await open(name).catch(() => null)
  if (!handle) return ''
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
