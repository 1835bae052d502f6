/** The column of polygons. */

import { sameName } from '../../core/columns/plain-name.js'
import type { Column } from '../../core/row.js'

export const geometry = 'geometry'

/** A column that the rows have of that name. */
export const ownGeometry = (columns: readonly Column[]): string | undefined => columns.find(({ name }) => sameName(name) === geometry)?.name
