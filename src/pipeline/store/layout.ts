/** Where the tables of an output lie: an output goes on as it was begun, so that what opens all of its tables goes on finding all of them. */

import path from 'node:path'
import { isAddress } from '../../core/address.js'
import { type ResultStore, state } from './result-store.js'

/** What is said of all slides together; `_SUCCESS` lies there last. */
export const cohortFile = 'cohort.parquet'
export const manifestFile = 'manifest.json'
export const successFile = '_SUCCESS'
/** Where tables of slides lie in the output itself, that of the cohort does not lie among them. */
export const cohortApart = `cohort/${cohortFile}`
/** Of tables that hold many slides. */
export const compactFolder = 'compact'
export const partFile = (part: number): string => `${compactFolder}/part-${String(part).padStart(5, '0')}.parquet`
export const isPart = (name: string): boolean => /^compact\/part-\d{5,}\.parquet$/.test(name)

/** Whether a file of an output belongs to no slide. */
export const isOfCohort = (name: string): boolean => [cohortFile, cohortApart, manifestFile, successFile].includes(name) || isPart(name)

/** Where a file of results lies: on this disk, or in a bucket. */
export const placeIn = ({ place }: Pick<ResultStore, 'place'>, name: string): string =>
  isAddress(place) ? `${place.replace(/\/$/, '')}/${name}` : path.join(place, name)

/** As versions before called a table that the pipeline gave no name. */
const flat = '{slide}.parquet'

/** The template of tables that the pipeline gives no name, where an earlier version began the output; undefined where it is new, or of today. */
export async function flatTables(store: ResultStore): Promise<typeof flat | undefined> {
  const names = await store.list(state).catch(() => [])
  for (const name of names.filter((one) => /\/plan\..*json$/.test(one))) {
    const plan = await planIn(store, name)
    if (Array.isArray(plan?.sinks) && plan.sinks.some((sink: Sink) => sink?.name === 'parquet' && sink.file === flat)) return flat
  }
  return undefined
}

export async function planIn(store: ResultStore, name: string): Promise<{ readonly sinks?: unknown; readonly schema?: unknown } | null> {
  try {
    return JSON.parse(`${await store.read(name)}`)
  } catch {
    return null
  }
}

interface Sink {
  readonly name?: unknown
  readonly file?: unknown
}
