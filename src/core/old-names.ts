/** What columns were called in tables of schema 1 (version 0.1 and before): a class as its card writes it, and cells of the grid by words of SQL. */

export const isOldSchema = (schemaVersion: string | undefined): boolean => schemaVersion === '1'

export const oldProbability = (name: string): string => `prob_${name}`

/** The cell of the grid: what it was called, and what it is called now. */
export const oldCell: ReadonlyMap<string, string> = new Map([
  ['column', 'grid_x'],
  ['row', 'grid_y'],
])
