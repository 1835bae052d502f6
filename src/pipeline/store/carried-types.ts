/**
 * What the first run into an output took the further columns of its list for. A small file beside the receipts, so that a list that grows,
 * or the next part of it, gives tables of the same types.
 */

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { PipelineError } from '../../core/errors.js'
import type { Column, ColumnType } from '../../core/row.js'
import { type ValueType, type ValueTypes, valueTypes } from '../../core/source.js'
import type { Plan } from '../plan/plan-type.js'
import { stateFolder, writeShared } from './receipts.js'

const schema = 'tiastream-columns/1'

const fileOf = (output: string): string => path.join(stateFolder(output), 'columns.json')

const namesOf: Partial<Readonly<Record<ColumnType, ValueType>>> = { category: 'text', int32: 'integer', float64: 'number', bool: 'boolean' }

/** The types of carried columns, by name. */
export const typesOf = (carried: readonly Column[]): ValueTypes =>
  Object.fromEntries(carried.flatMap(({ name, type }) => (namesOf[type] ? [[name, namesOf[type]] as const] : [])))

/** The types that an output holds; none when there is no such output yet. */
export async function knownTypes(output: string): Promise<ValueTypes> {
  try {
    const file = JSON.parse(await readFile(fileOf(output), 'utf8')) as { readonly schema: unknown; readonly types: object }
    if (file.schema !== schema) return {}
    return Object.fromEntries(Object.entries(file.types).filter(([, type]) => valueTypes.includes(type)))
  } catch {
    return {}
  }
}

/**
 * Writes down the types of a plan beside those that are known, and returns what to tell. Throws OUTPUT_DIFFERS when they contradict, unless
 * slides are made again.
 */
export async function keepTypes({ output, file, source: { types, options } }: Plan, redo: boolean): Promise<readonly string[]> {
  const known = await knownTypes(output)
  const other = Object.keys(types).find((name) => Object.hasOwn(known, name) && known[name] !== types[name])
  if (other !== undefined && !redo) {
    throw new PipelineError('OUTPUT_DIFFERS', `${output} holds the column ${other} as ${known[other]}, and here it is ${types[other]}`, {
      hint: 'give another output, or --redo to make the slides again',
      at: file === undefined ? {} : { file },
    })
  }
  const isFirst = !existsSync(fileOf(output))
  // An output that is made again has the columns of its list, and no more.
  const kept = redo ? types : { ...known, ...types }
  const said = redo || isFirst ? [] : sayColumns(known, types)
  if (isFirst ? options.list === undefined : isDeepStrictEqual(kept, known)) return said
  // Shards of one output come to it at the same time.
  await writeShared(fileOf(output), `${JSON.stringify({ schema, types: kept }, null, 2)}\n`)
  return said
}

/** A reader of all tables together takes their columns from one of them, and fails at the others or leaves columns out. */
function sayColumns(known: ValueTypes, types: ValueTypes): readonly string[] {
  const come = Object.keys(types).filter((name) => !Object.hasOwn(known, name))
  const gone = Object.keys(known).filter((name) => !Object.hasOwn(types, name))
  const said = [
    ...(come.length > 0 ? [`the list has ${come.join(', ')}, which tables of earlier runs into this output lack`] : []),
    ...(gone.length > 0 ? [`the list lacks ${gone.join(', ')}, which tables of earlier runs into this output have`] : []),
  ]
  return said.map((one) => `${one}: read together they need union by name (DuckDB: union_by_name = true)`)
}
