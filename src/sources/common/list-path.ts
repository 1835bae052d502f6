/** A path as a list has it: from the folder of the list, or from home where it begins with `~/`, as in a pipeline. */

import os from 'node:os'
import path from 'node:path'

export function listPath(written: string, list: string): string {
  return /^~[/\\]/.test(written) ? path.join(os.homedir(), written.slice(2)) : path.resolve(path.dirname(list), written)
}
