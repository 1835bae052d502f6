/** A folder that has to lie on this machine: of an address a path would make folders called `s3:` and `lab`, without a word. */

import { instead, isAddress, withoutSecrets } from '../address.js'
import { PipelineError } from '../errors.js'
import { fromHome } from '../host/user.js'

/** `who`: what names it, `--scratch`, `TIASTREAM_CACHE`. Throws USAGE. */
export function folderHere(who: string, written: string): string {
  const hint = isAddress(written) ? 'name a folder, of this machine or mounted there' : instead(written)
  if (hint === undefined) return fromHome(written)
  throw new PipelineError('USAGE', `${who} has to be a folder of this machine, and '${withoutSecrets(written)}' is none`, { hint })
}

/** The one that a variable of the environment names; empty it names none. Throws USAGE. */
export function folderOfEnv(variable: string): string | undefined {
  const set = process.env[variable]
  return set ? folderHere(variable, set) : undefined
}
