/** What the patterns of a source find: files of this machine, and what lies on servers. */

import { isAddress, schemeOf, withoutSecrets } from '../../core/address.js'
import { PipelineError, SlideError } from '../../core/errors.js'
import { anyCase, anywhere, compare, filesOf, isPattern, withoutSlash } from './glob.js'
import { type AskedUntil, notListed } from './list-text.js'

/** Sorted by code unit, as everything a source yields. Throws PipelineError. */
export async function foundBy(patterns: readonly string[], folder: string, remote: AskedUntil = {}): Promise<readonly string[]> {
  const paths = pathsIn(patterns)
  const files = paths.some((pattern) => !pattern.startsWith('!')) ? await filesOf(paths, folder) : []
  const addresses = patterns.filter(isAddressed)
  if (addresses.length === 0) return files
  const found = new Set(files)
  for (const pattern of addresses.filter((one) => !one.startsWith('!')))
    for (const uri of await addressesBy(pattern, remote)) found.add(uri)
  const { default: picomatch } = await import('picomatch')
  const isTakenAnywhere = await anywhere(paths)
  for (const uri of found) if (isTakenAnywhere(withoutSecrets(uri))) found.delete(uri)
  for (const pattern of addresses.filter((one) => one.startsWith('!'))) {
    const isTaken = picomatch(anyCase(withoutUser(pattern.slice(1))), matching)
    for (const uri of found) if (isTaken(withoutSecrets(uri))) found.delete(uri)
  }
  return [...found].sort(compare)
}

/** A pattern may hold the user of the others; what is looked at has none. */
const withoutUser = (pattern: string) => pattern.replace(/^([a-z][a-z0-9+.-]+:\/\/)[^/]*@/i, '$1')

const isAddressed = (pattern: string) => isAddress(pattern.replace(/^!/, ''))

/** The patterns that look on this machine. */
export const pathsIn = (patterns: readonly string[]): readonly string[] => patterns.filter((pattern) => !isAddressed(pattern))

/** As on a disk: what begins with a dot is named or left out. A key may hold any letter, a new line too. */
const matching = { dot: false, posix: true, flags: 's' }

async function addressesBy(pattern: string, remote: AskedUntil): Promise<readonly string[]> {
  const scheme = schemeOf(pattern)
  if (scheme === 'http') return [webAddress(pattern)]
  if (scheme === 'dicomweb') return unlessUnreadable(() => seriesAt(pattern, remote.signal))
  if (!isPattern(withoutSecrets(pattern))) return [pattern]
  return keysBy(pattern, remote)
}

/** A web server has no list of its files; `?` and brackets are letters of an address. */
function webAddress(address: string): string {
  const shown = withoutSecrets(address)
  if (!/[*{}]/.test(shown) && URL.canParse(address)) return address
  throw new PipelineError('OPTION_INVALID', `'${shown}' is a pattern, and a web server does not say which files it has`, {
    hint: 'write the addresses into a list: (CSV, column uri)',
  })
}

/** Keys below the fixed beginning of the pattern, matched here. */
function keysBy(pattern: string, remote: AskedUntil): Promise<readonly string[]> {
  return unlessUnreadable(() => keysMatching(pattern, remote))
}

/** Series of a study, or of all that the server has. */
async function seriesAt(address: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const { seriesBelow } = await import('../../remote/dicomweb/search.js')
  const found: string[] = []
  for await (const uri of seriesBelow(address, signal)) found.push(uri)
  return found
}

/** What a server says instead of a list is told as the list's. */
async function unlessUnreadable(work: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof SlideError ? notListed(error) : error
  }
}

async function keysMatching(pattern: string, { signal, ...remote }: AskedUntil): Promise<readonly string[]> {
  const [{ objectsBelow }, { placeOf }, { default: picomatch }] = await Promise.all([
    import('../../remote/list.js'),
    import('../../remote/place.js'),
    import('picomatch'),
  ])
  const place = placeOf(pattern)
  const { scheme, bucket, key: keys, query } = place
  if (isPattern(bucket))
    throw new PipelineError('OPTION_INVALID', `'${withoutSecrets(pattern)}' is a pattern of buckets, which are not listed`, {
      hint: 'name the bucket',
    })
  const foldersOnly = keys.endsWith('/')
  const isMeant = picomatch(foldersOnly ? withoutSlash(keys) : anyCase(keys), matching)
  const found = new Set<string>()
  // A key that ends in a slash is what some programs leave for a folder, and no file.
  for await (const { key } of objectsBelow({ ...place, key: fixedIn(keys) }, '', remote, { signal }))
    for (const name of foldersOnly ? foldersOf(key) : key.endsWith('/') ? [] : [key])
      if (isMeant(withoutSlash(name))) found.add(`${scheme}://${bucket}/${name}${query === '' ? '' : `?${query}`}`)
  return [...found]
}

/** `a/b/c.dcm` lies in `a/` and in `a/b/`. */
function foldersOf(key: string): string[] {
  const names = key.split('/').slice(0, -1)
  return names.map((_, i) => `${names.slice(0, i + 1).join('/')}/`)
}

/** What every key begins with. Endings match in upper and lower case, so where that of the last name begins nothing is fixed any more. */
function fixedIn(keys: string): string {
  const wild = keys.search(/[*?{}[\]()!\\]/)
  const dot = keys.indexOf('.', keys.lastIndexOf('/') + 1)
  return keys.slice(0, dot < 0 ? wild : Math.min(wild, dot))
}
