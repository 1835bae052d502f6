/** Where patches lie: in baseline pixels (`bx, by, bw, bh`), or at the resolution of the grid (`x0, y0, x1, y1`). */

import { SinkError } from '../../core/errors.js'
import type { Column, Row } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import type { Region } from '../../geometry/region.js'
import type { NamedReaders } from './named-readers.js'

const baseline = ['bx', 'by', 'bw', 'bh'] as const
const bounds = ['x0', 'y0', 'x1', 'y1'] as const

const lacks = (columns: readonly Column[], names: readonly string[]) => {
  const has = new Set(columns.map(({ name }) => name))
  return names.find((name) => !has.has(name))
}

/** For `check`: ready-cut patches have no place on a slide. */
export function placeProblems(columns: readonly Column[]): string[] {
  const missing = lacks(columns, [...baseline, ...bounds])
  return missing === undefined ? [] : [`needs patches with a place on a slide, but the rows have no column '${missing}'`]
}

/** Throws `PLACE_MISSING` when the rows do not say where their patches lie. */
export function requirePlace({ path, columns }: Pick<SinkContext, 'path' | 'columns'>): void {
  const missing = lacks(columns, [...baseline, ...bounds])
  if (missing === undefined) return
  throw new SinkError('PLACE_MISSING', `${path} cannot be written: the rows have no column '${missing}'`, {
    hint: 'this output needs patches with a place on a slide; ready-cut patches have none',
  })
}

export function regionOf(row: Row): Region {
  return { x: row.bx as number, y: row.by as number, width: row.bw as number, height: row.bh as number }
}

/** `[x0, y0, x1, y1]` at the resolution of the grid. */
export function boundsOf(row: Row): [number, number, number, number] {
  return [row.x0 as number, row.y0 as number, row.x1 as number, row.y1 as number]
}

/** Where the patches of a batch lie, in baseline pixels. */
export function regionsOf(read: NamedReaders): (i: number) => Region {
  const [x, y, width, height] = baseline.map((name) => read(name) as (i: number) => number)
  return (i) => ({ x: x!(i), y: y!(i), width: width!(i), height: height!(i) })
}
