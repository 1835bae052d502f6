/** Where a file lies that somebody names. An address stays as it is. */

import os from 'node:os'
import path from 'node:path'
import { isAddress } from '../../core/address.js'

/** From a folder. */
export const placeOf = (written: string, folder: string): string => (isAddress(written) ? written : path.resolve(folder, written))

/** As a list has it: from the folder of the list, or from home where it begins with `~/`, as in a pipeline. */
export function listPath(written: string, list: string): string {
  return /^~[/\\]/.test(written) ? path.join(os.homedir(), written.slice(2)) : placeOf(written, path.dirname(list))
}
