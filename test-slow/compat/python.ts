/** A Python that has TIAToolbox with all that its reader needs: named by TIASTREAM_TIATOOLBOX_PYTHON, else `python3`. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Null where TIAToolbox cannot be imported. */
export async function toolboxPython(): Promise<string | null> {
  const python = process.env.TIASTREAM_TIATOOLBOX_PYTHON ?? 'python3'
  try {
    await run(python, ['-c', 'from tiatoolbox.wsicore.wsireader import WSIReader'])
    return python
  } catch {
    return null
  }
}
