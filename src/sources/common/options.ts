/** Options that `slides:` and `tiles:` share. */

import { oneOrMore, real, text } from '../../core/options.js'

export const fileOptions = (what: string, endings: string) => ({
  glob: oneOrMore(text())
    .optional()
    .describe(`Pattern, or several, of the files: \`./${what}/**/*.{${endings}}\`. A pattern after \`!\` takes away.`),
  list: text()
    .optional()
    .describe(
      'CSV file with the column `uri`, and if wanted `id`, `mpp`, `power`, `mask`, `label`; further columns are carried into every row.',
    ),
  mpp: real(1e-6, 1e6)
    .optional()
    .describe('Size of a baseline pixel in µm, where the files do not say or are wrong. A list may say it per file.'),
  power: real(0.01, 1000).optional().describe('Objective power, where the files do not say or are wrong. A list may say it per file.'),
  mask: text().optional().describe('Mask file of each, with `{slide}` for its id: `./masks/{slide}.png`. A list may say it per file.'),
})
