/**
 * What the first run into an output took the further columns of its list for. A small file beside the receipts, so that a list that grows,
 * or the next part of it, gives tables of the same types.
 */

import { isDeepStrictEqual } from 'node:util'
import { PipelineError } from '../../core/errors.js'
import type { Column, ColumnType } from '../../core/row.js'
import { type ValueType, type ValueTypes, valueTypes } from '../../core/source.js'
import type { Plan } from '../plan/plan-type.js'
import { type ResultStore, state } from './result-store.js'

const schema = 'tiastream-columns/1'

const name = `${state}/columns.json`

const namesOf: Partial<Readonly<Record<ColumnType, ValueType>>> = { category: 'text', int32: 'integer', float64: 'number', bool: 'boolean' }

/** The types of carried columns, by name. */
export const typesOf = (carried: readonly Column[]): ValueTypes =>
  Object.fromEntries(carried.flatMap(({ name, type }) => (namesOf[type] ? [[name, namesOf[type]] as const] : [])))

/** The types that an output holds; none when there is no such output yet. */
export async function knownTypes(store: ResultStore): Promise<ValueTypes> {
  return typesIn(await store.read(name).catch(() => null))
}

function typesIn(bytes: Buffer | null): ValueTypes {
  try {
    const file = JSON.parse(`${bytes}`) as { readonly schema: unknown; readonly types: object }
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
export async function keepTypes(store: ResultStore, { file, source: { types, options } }: Plan, redo: boolean): Promise<readonly string[]> {
  const bytes = await store.read(name)
  const known = typesIn(bytes)
  const other = Object.keys(types).find((name) => Object.hasOwn(known, name) && known[name] !== types[name])
  if (other !== undefined && !redo) {
    throw new PipelineError(
      'OUTPUT_DIFFERS',
      `${store.place} holds the column ${other} as ${known[other]}, and here it is ${types[other]}`,
      {
        hint: 'give another output, or --redo to make the slides again',
        at: file === undefined ? {} : { file },
      },
    )
  }
  const isFirst = bytes === null
  // An output that is made again has the columns of its list, and no more.
  const kept = redo ? types : { ...known, ...types }
  const said = redo || isFirst ? [] : sayColumns(known, types)
  if (isFirst ? options.list === undefined : isDeepStrictEqual(kept, known)) return said
  // Shards of one output come to it at the same time.
  await store.replace(name, `${JSON.stringify({ schema, types: kept }, null, 2)}\n`)
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
