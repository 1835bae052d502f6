/** How wide a vector may be: our own tables say so in their metadata, and refuse to read what claims more. */

import type { Column } from '../../core/row.js'

export const widestVector = 1_048_576

/** For `check`. */
export const widthProblems = (columns: readonly Column[]): string[] =>
  columns
    .filter(({ size = 0 }) => size > widestVector)
    .map(
      ({ name, size }) =>
        `'${name}' is a vector of ${size!.toLocaleString('en')} numbers, and a table holds vectors of at most ${widestVector.toLocaleString('en')}: pool it in the model, or leave it out in a rows: stage`,
    )
