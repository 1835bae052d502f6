/** A path as a list has it: from the folder of the list, or from home where it begins with `~/`, as in a pipeline. An address stays as it is. */

import os from 'node:os'
import path from 'node:path'
import { isAddress } from '../../core/address.js'

export function listPath(written: string, list: string): string {
  if (isAddress(written)) return written
  return /^~[/\\]/.test(written) ? path.join(os.homedir(), written.slice(2)) : path.resolve(path.dirname(list), written)
}
