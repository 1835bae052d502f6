/** Where the package itself lies: its models, pipelines and fixtures. */

import { fileURLToPath } from 'node:url'

/** Absolute path of the package, with a slash at the end. This file is `dist/src/core/package-root.js` when it runs. */
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url))
