/** Where patches lie: in baseline pixels (`base_x, base_y, base_w, base_h`), or at the resolution of the grid (`x0, y0, x1, y1`). */

import { nameIn } from '../../core/columns/old-names.js'
import { SinkError } from '../../core/errors.js'
import type { Column } from '../../core/row.js'
import type { SinkContext } from '../../core/sink.js'
import type { Region } from '../../geometry/region.js'
import type { NamedReaders } from './named-readers.js'

const baseline = ['base_x', 'base_y', 'base_w', 'base_h'] as const
const bounds = ['x0', 'y0', 'x1', 'y1'] as const

const lacks = (columns: readonly Column[], names: readonly string[]) => {
  const has = new Set(columns.map(({ name }) => name))
  return names.find((name) => !has.has(nameIn(columns, name)))
}

/** For `check`: ready-cut patches have no place on a slide. Pictures need the baseline alone. */
export function placeProblems(columns: readonly Column[], needs: 'both' | 'baseline' = 'both'): string[] {
  const missing = lacks(columns, needs === 'both' ? [...baseline, ...bounds] : baseline)
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

/** Of a batch: where a patch lies, in baseline pixels. Throws ROW_INVALID of a row that says nothing, or no number: it would lie at 0, or end the file of another program. */
export function regionsIn(read: NamedReaders): (i: number) => Region {
  const [x, y, width, height] = placesIn(read, baseline)
  return (i) => ({ x: x!(i), y: y!(i), width: width!(i), height: height!(i) })
}

/** Of a batch: `[x0, y0, x1, y1]` of a patch at the resolution of the grid. Throws as `regionsIn`. */
export function boundsIn(read: NamedReaders): (i: number) => [number, number, number, number] {
  const [x0, y0, x1, y1] = placesIn(read, bounds)
  return (i) => [x0!(i), y0!(i), x1!(i), y1!(i)]
}

function placesIn(read: NamedReaders, names: readonly string[]): ((i: number) => number)[] {
  const indexAt = read('index')
  return names.map((name) => {
    const at = read(name)
    return (i) => {
      const value = at(i)
      if (typeof value === 'number' && Number.isFinite(value)) return value
      throw new SinkError('ROW_INVALID', `the patch ${indexAt(i) ?? i} has no place: its '${name}' is ${value}`, {
        hint: 'a rows: stage must leave places as they are, or leave the row out',
      })
    }
  })
}
