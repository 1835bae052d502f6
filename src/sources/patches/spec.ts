/** `patches:`, ready-cut pictures: one set is one table, each picture one row. */

import { oneOf, oneOrMore, pattern, pixelSize, text } from '../../core/options.js'
import { defineSource } from '../../core/source.js'
import { columnTypes, remoteOptions } from '../common/options.js'

export default defineSource({
  name: 'patches',
  kind: 'set',
  summary: 'Ready-cut pictures: a set is one table, each picture is one row. There is no grid and no mask.',
  options: {
    folder: text()
      .optional()
      .describe('Folder of the pictures (PNG, JPEG, TIFF, WebP, or .npy of rows × columns × 3 bytes), with all folders below it.'),
    glob: oneOrMore(pattern()).optional().describe('Pattern, or several, of the pictures: `./patches/**/*.png`.'),
    list: text()
      .optional()
      .describe(
        'CSV file, a path or an address, with the columns `uri` and, if wanted, `label`; further columns are carried into the rows, which keep its order. Commas, semicolons or tabs; UTF-8 or UTF-16.',
      ),
    columns: columnTypes(),
    resize: pixelSize()
      .optional()
      .describe(
        'Size that every picture is brought to, `224 px` or `[224 px, 192 px]`: by area where it shrinks, else cubic. Without it all pictures must have the size of the model.',
      ),
    label: oneOf('parent', 'none')
      .default('none')
      .describe('`parent`: the name of the folder a picture lies in is its label. Others are said by a list.'),
    set: text().optional().describe('Id of the set, and so the name of its table; the name of the folder or list unless given.'),
    ...remoteOptions(),
  },
  examples: ['patches: { folder: ./kather100k, label: parent }', 'patches: { list: patches.csv, set: validation, resize: 224 px }'],
  load: () => import('./source.js'),
})
