/** Which tiastream this is, and which shape its tables have. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { PipelineError } from '../../core/errors.js'
import { packageRoot } from '../../core/package-root.js'

/** Of the rows: counted up when a column changes its name or meaning (`core/columns/old-names.ts` knows the earlier ones). */
export const schemaVersion = '2'

export const tiastreamVersion = versionOf(packageRoot)

/** Throws PipelineError PACKAGE_BUNDLED where the package does not lie around this file: threads, models and native parts are not beside it either. */
export function versionOf(folder: string): string {
  let about: { readonly name?: unknown; readonly version?: unknown } = {}
  try {
    about = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  } catch {
    // Said below.
  }
  if (about.name === 'tiastream' && typeof about.version === 'string') return about.version
  throw new PipelineError(
    'PACKAGE_BUNDLED',
    'tiastream was bundled into another file, away from its threads, its models and its native parts',
    {
      hint: "leave it out of the bundle: esbuild --external:tiastream; external: ['tiastream'] of Rollup and Rolldown, externals of webpack, ssr.external of Vite; serverExternalPackages: ['tiastream'] of Next.js",
    },
  )
}
