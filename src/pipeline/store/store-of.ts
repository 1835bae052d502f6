/** The store of an output. */

import { FolderStore } from './folder-store.js'
import type { ResultStore } from './result-store.js'

/** `output`: as a plan says it, an absolute folder. */
export const storeOf = (output: string): ResultStore => new FolderStore(output)
