/** Where a file lies that somebody names. An address stays as it is. */

import path from 'node:path'
import { asUserOf, instead, isAddress, schemeOf, withoutSecrets } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import { homeFolder } from '../../core/host/user.js'

/** From a folder. */
export const placeOf = (written: string, folder: string): string => (isAddress(written) ? written : path.resolve(folder, written))

const fromHome = /^~[/\\]/

/** A path that begins in the folder of its list. */
export const isRelative = (written: string): boolean => !isAddress(written) && !path.isAbsolute(written) && !fromHome.test(written)

/** As a list has it: from the folder of the list, which may be on a server, or from home where it begins with `~/`, as in a pipeline. */
export function listPath(written: string, list: string): string {
  const hint = instead(written)
  if (hint !== undefined) throw new PipelineError('LIST_INVALID', `'${withoutSecrets(written)}' is no address that is read here`, { hint })
  if (isAddress(list)) return isAddress(written) ? written : besideAddress(written, list)
  return fromHome.test(written) ? path.join(homeFolder(), written.slice(2)) : placeOf(written, path.dirname(list))
}

/** The server, and of an object store the bucket or container: what no path leads out of. */
const root = /^(?:az:\/\/[^/]+\/[^/]+|[^/]+\/\/[^/]+)\//i

/** Who asks for the list asks for what lies beside it; what signs its address signs that of no other file. */
function besideAddress(written: string, list: string): string {
  const shown = withoutSecrets(list)
  const [from = ''] = root.exec(shown) ?? []
  const named = schemeOf(list) === 'http' ? written.split('/').map(encodeURIComponent).join('/') : written
  const inside = path.posix.normalize(shown.slice(from.length).replace(/[^/]*$/, '') + named)
  if (!/^(?:~?[/\\]|[a-z]:[/\\])/i.test(written) && inside !== '..' && !inside.startsWith('../')) return asUserOf(from + inside, list)
  throw new PipelineError('LIST_INVALID', `'${written}' lies nowhere beside ${shown}`, {
    hint: 'a list on a server names addresses, or paths that begin in its own folder',
  })
}
