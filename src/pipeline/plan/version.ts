/** Which tiastream this is, and which shape its tables have. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { packageRoot } from '../../core/package-root.js'

/** Of the rows: counted up when a column changes its name or meaning (`core/old-names.ts` knows the earlier ones). */
export const schemaVersion = '2'

export const tiastreamVersion: string = (JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as { version: string })
  .version
