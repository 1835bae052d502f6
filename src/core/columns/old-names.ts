/** What columns were called in tables of schema 1 (version 0.1 and before): a class as its card writes it, and places by words of SQL. */

import type { Column } from '../row.js'

export const isOldSchema = (schemaVersion: string | undefined): boolean => schemaVersion === '1'

export const oldProbability = (name: string): string => `prob_${name}`

/** The cell of the grid, and the place in baseline pixels: what they were called, and what they are called now. */
export const renamed: ReadonlyMap<string, string> = new Map([
  ['column', 'grid_x'],
  ['row', 'grid_y'],
  ['bx', 'base_x'],
  ['by', 'base_y'],
  ['bw', 'base_w'],
  ['bh', 'base_h'],
])

/** What a column of today is called in a table, which may be an old one; itself where the table has neither. */
export function nameIn(columns: readonly Pick<Column, 'name'>[], name: string): string {
  const has = (one: string) => columns.some((column) => column.name === one)
  if (has(name)) return name
  return [...renamed].find(([was, is]) => is === name && has(was))?.[0] ?? name
}
