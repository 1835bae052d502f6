/** Options that sources share. */

import { oneOf, oneOrMore, real, record, text } from '../../core/options.js'
import { valueTypes } from '../../core/source.js'

export const columnTypes = () =>
  record(oneOf(...valueTypes))
    .optional()
    .describe(
      'What further columns of the list are: `{ age: integer, case: text }`. One that is not named is a number where every text comes back from the number as it was, else text; the first run into an output decides for those that follow.',
    )

export const fileOptions = (what: string, endings: string) => ({
  glob: oneOrMore(text())
    .optional()
    .describe(
      `Pattern, or several, of the files: \`./${what}/**/*.{${endings}}\`, endings in upper or lower case. A pattern after \`!\` takes away.`,
    ),
  list: text()
    .optional()
    .describe(
      'CSV file with the column `uri`, and if wanted `id`, `mpp`, `power`, `mask`, `label`; further columns are carried into every row. Commas, semicolons or tabs; UTF-8 or UTF-16.',
    ),
  columns: columnTypes(),
  mpp: real(1e-6, 1e6)
    .optional()
    .describe('Size of a baseline pixel in µm, where the files do not say or are wrong. A list may say it per file.'),
  power: real(0.01, 1000).optional().describe('Objective power, where the files do not say or are wrong. A list may say it per file.'),
  mask: text().optional().describe('Mask file of each, with `{slide}` for its id: `./masks/{slide}.png`. A list may say it per file.'),
})
