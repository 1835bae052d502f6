/** Where the results of a pipeline file go. */

import path from 'node:path'
import { isAddress } from '../../core/address.js'
import type { Plan } from '../plan/plan-type.js'
import { normalAddress } from './output-address.js'

export interface OutputFolder {
  /** Absolute, or an address. */
  readonly folder: string
  /** Said on the screen: they go elsewhere than the file seems to say. */
  readonly warnings: readonly string[]
}

/**
 * `written` is relative to the folder of the pipeline. But a pipeline of an installed package lies inside node_modules, which the next install empties:
 * its results go below the folder where the user stands, by the same name.
 */
export function outputFolder({ file, folder: beside }: Pick<Plan, 'file' | 'folder'>, written: string): OutputFolder {
  if (isAddress(written)) return { folder: normalAddress(written), warnings: [] }
  const installed = beside.split(path.sep).includes('node_modules') && !path.isAbsolute(written)
  if (!installed) return { folder: path.resolve(beside, written), warnings: [] }
  const folder = path.resolve(path.normalize(written).replace(/^(\.\.(?:[/\\]|$))+/, '') || 'out')
  return { folder, warnings: [`${file ?? beside} lies inside node_modules, so its results go to ${folder}; name another folder with -o`] }
}
