/** The one rule for the file that a sink writes for a slide: ids are safe, so the slide's part cannot leave the folder. */

import { slideIn } from '../core/slide-in.js'

/** Whoever opens a folder of tables as one (pyarrow and pandas, Spark, Arrow's datasets) leaves out names that begin with `_` or `.`, without a word. */
const table = /\.(parquet|pq|geoparquet|arrow|feather|ipc)$/i

/**
 * `rows/{slide}.parquet` of the slide `_7` is `rows/-_7.parquet`: a table that would be hidden has `-` in front. So has one that begins with that already,
 * so that no two slides have one file.
 */
export function fileOf(template: string, slide: string): string {
  if (!table.test(template)) return slideIn(template, slide)
  return template
    .split('/')
    .map((part) => `${part.startsWith('{slide}') && /^-*_/.test(slide) ? '-' : ''}${slideIn(part, slide)}`)
    .join('/')
}
