/**
 * What a pattern does not find although somebody may think so: slides with another ending, folders whose name is no pattern, and a DICOM slide whose
 * levels are files, of which it finds each by itself.
 */

import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { instead } from '../../core/address.js'
import { isFolder } from '../../core/files/is-folder.js'
import { someOf } from '../../core/text/some-of.js'
import { baseOf, compare, deadLinksOf, filesOf, isPattern, withoutSlash } from './glob.js'

/** Endings of what a pattern may have been meant for, those that are not read too: a run would say so by name. */
const slideEnding =
  /\.(svs|tiff?|btf|tf[28]|qptiff|ndpis?|vms|vmu|scn|mrxs|bif|czi|vsi|dcm|svslide|isyntax|afi|avs|zarr|ozx|jp2|j2k|kfb|sdpc|mdsx?|tmap|lif|zvi|nd2)$/i

const pictureEnding = /\.(png|jpe?g|jpe|jfif|jif|tiff?|webp|bmp|gif|jp2|j2k|jxl|avif|heic|p[gp]m|npz)$/i

/** Folders of servers and systems: what somebody has thrown away, an earlier state of all files, small pictures of them. */
const setAside = /^(#recycle|@recycle|\$recycle\.bin|@eadir|~snapshot|@gmt-.*|__macosx|lost\+found|system volume information)$/i

/** What is looked for. */
export type Sought = 'slides' | 'pictures'

/** One sentence when the same patterns with any ending find more that looks like what is sought; others for links to nothing, folders that are closed, files that belong together, and a folder that was not looked into. */
export async function leftOut(
  where: string,
  patterns: readonly string[],
  folder: string,
  sought: Sought = 'slides',
  remedy = (endings: string) => `add ${endings} to the pattern to take them too`,
): Promise<readonly string[]> {
  const closed = new Map<string, string>()
  const found = await filesOf(patterns, folder, closed)
  const wide = await filesOf(patterns.map(anyEnding), folder)
  const taken = new Set(found)
  const ending = sought === 'slides' ? slideEnding : pictureEnding
  const more = wide.filter((file) => !taken.has(file) && ending.test(file))
  const dead = await deadLinksOf(patterns, folder, found)
  const unseen = await literalFolders(patterns, folder)
  const blind = unseen.filter(({ place }) => !found.some((file) => file.startsWith(place + path.sep)))
  return [
    ...(more.length > 0 ? [`${where} leaves out ${nameSome(more, sought)}: ${remedy(endingsOf(more))}`] : []),
    ...(dead.length > 0 ? [`${where} leaves out ${deadText(dead)}`] : []),
    ...(closed.size > 0 ? [`${where} leaves out what lies in ${closedText(closed)}`] : []),
    ...(sought === 'slides' ? apart(where, found) : masksAmong(where, found)),
    ...thrownAway(where, found, patterns, folder, sought),
    ...(await idleOf(patterns, folder)).map(
      (pattern) => `${where}: '${pattern}' takes nothing away; it looks below ${folder}, and '!**/…' wherever the others look`,
    ),
    ...blind.map(({ place, better }) => `${where} does not look into the folder ${place}: ${betterHint(better)}`),
  ]
}

/** Patterns after `!` that match nothing of what the others find, whatever its ending, and no link to nothing. */
async function idleOf(patterns: readonly string[], folder: string): Promise<readonly string[]> {
  const less = patterns.filter((pattern) => pattern.startsWith('!'))
  const more = patterns.filter((pattern) => !pattern.startsWith('!')).map(anyEnding)
  if (less.length === 0) return []
  const all = await filesOf(more, folder)
  const { default: picomatch } = await import('picomatch')
  const idle: string[] = []
  for (const pattern of less) {
    // What is plain to see costs no walk.
    const isTaken = picomatch(withoutSlash(pattern.slice(1)), { dot: true, posix: true })
    if (all.some((file) => isTaken(path.relative(folder, file).split(path.sep).join('/')))) continue
    const left = await filesOf([...more, pattern], folder)
    // To look for links is another walk: only where it may matter.
    if (left.length < all.length) continue
    const [dead, deadLeft] = [await deadLinksOf(more, folder, all), await deadLinksOf([...more, pattern], folder, left)]
    if (deadLeft.length === dead.length && all.length + dead.length > 0) idle.push(pattern)
  }
  return idle
}

/** What tile exporters write beside each picture, by its name: QuPath `a-labelled.png`, others `a_mask.png`. */
function masksAmong(where: string, found: readonly string[]): readonly string[] {
  const stemOf = (file: string) => file.slice(0, file.length - path.extname(file).length)
  const stems = new Set(found.map(stemOf))
  const masks = found.filter((file) => {
    const stem = stemOf(file)
    const bare = stem.replace(/[-_. ](labell?ed|labels?|masks?|seg|segmentation|gt|overlay)$/i, '')
    return bare !== stem && stems.has(bare)
  })
  return masks.length === 0
    ? []
    : [
        `${where} takes masks, as it seems, for pictures: ${masks.length} of ${found.length} are called as others with a word behind (${someOf(
          masks.map((file) => path.basename(file)),
          shown,
        )}): a pattern after ! takes them away`,
      ]
}

/** Files of one folder that may be the levels of one slide: each would be a slide, smaller ones too. */
function apart(where: string, found: readonly string[]): readonly string[] {
  const folders = new Map<string, number>()
  for (const file of found) if (/\.dcm$/i.test(file)) folders.set(path.dirname(file), (folders.get(path.dirname(file)) ?? 0) + 1)
  const [one] = [...folders].filter(([, count]) => count > 1)
  if (one === undefined) return []
  const [folder, count] = one
  return [
    `${where} takes ${count} DICOM files of the folder ${folder} for ${count} slides: when they are one series, its levels are read as one slide by a pattern that ends in / and finds the folder`,
  ]
}

/** Nobody who writes `**` thinks of them; who names one, or works in a snapshot, does. */
function thrownAway(
  where: string,
  found: readonly string[],
  patterns: readonly string[],
  folder: string,
  sought: Sought,
): readonly string[] {
  const folders = new Map<string, number>()
  for (const file of found) {
    const name = path
      .dirname(path.relative(folder, path.resolve(folder, file)))
      .split(path.sep)
      .find((one) => setAside.test(one) && !patterns.some((pattern) => pattern.includes(one)))
    if (name !== undefined) folders.set(name, (folders.get(name) ?? 0) + 1)
  }
  if (folders.size === 0) return []
  const names = [...folders].map(([name, count]) => `${count} of ${name}`)
  const [first] = folders.keys()
  return [
    `${where} takes ${sought} that a server or a system has set aside (${someOf(names, shown)}): a pattern '!**/${first}/**' in glob leaves them out`,
  ]
}

/** For patterns that found nothing. */
export async function hintOf(patterns: readonly string[], folder: string, endings: string): Promise<string | undefined> {
  const [first] = await literalFolders(patterns, folder)
  if (first) return betterHint(first.better)
  for (const pattern of patterns) {
    const address = instead(pattern)
    if (address !== undefined) return address
    const slashed = pattern.replaceAll('\\', '/')
    if (/\\[\w*{.]/.test(pattern)) return `a pattern has / between folders, on Windows too: write '${slashed}'`
    const place = path.resolve(folder, pattern)
    if (!isPattern(pattern) && (await isFolder(place))) {
      const plain = pattern.replace(/\/+$/, '')
      return (await isSlide(place))
        ? `${pattern} is a slide that is a folder: write '${plain}/'`
        : `${pattern} is a folder: write '${plain}/**/*.${endings}'`
    }
    const base = baseOf(pattern, folder)
    if (!(await isFolder(base))) return `there is no folder ${base}`
  }
  return undefined
}

/** Of DICOM, or an OME-Zarr. */
const isSlide = async (place: string): Promise<boolean> =>
  (await readdir(place).catch(() => [])).some((name) => /\.dcm$|^(dicomdir|zarr\.json|\.zgroup|\.zattrs)$/i.test(name))

const betterHint = (better: string) => `brackets have a meaning of their own in a pattern: write '${better}' (in single quotes)`

/** `x/*.{svs,tif}` becomes `x/*.*`; what takes away stays. */
function anyEnding(pattern: string): string {
  if (pattern.startsWith('!')) return pattern
  const name = pattern.slice(pattern.lastIndexOf('/') + 1)
  const dot = name.search(/\.[^.]*$/)
  const bracket = name.search(/[.][{@(]/)
  const at = bracket >= 0 ? bracket : dot
  return at < 0 || !isPattern(name) ? pattern : `${pattern.slice(0, pattern.length - name.length + at)}.*`
}

interface Literal {
  readonly place: string
  /** The pattern with the folder's name made plain. */
  readonly better: string
}

/** Patterns that begin with a folder which is there by this very name, with brackets in it. */
async function literalFolders(patterns: readonly string[], folder: string): Promise<readonly Literal[]> {
  const found: Literal[] = []
  for (const pattern of patterns.filter((one) => !one.startsWith('!'))) {
    const parts = pattern.split('/')
    for (let count = parts.length - 1; count > 0; count--) {
      const start = parts.slice(0, count).join('/')
      if (!isPattern(start) || start.includes('*')) continue
      const place = path.resolve(folder, start)
      if (!(await isFolder(place))) continue
      found.push({ place, better: [start.replace(/[[\]{}()!?]/g, '\\$&'), ...parts.slice(count)].join('/') })
      break
    }
  }
  return found
}

const shown = 3

function deadText(links: readonly string[]): string {
  const names = links.map((file) => path.basename(file))
  const what = links.length === 1 ? 'a link that leads to nothing' : `${links.length} links that lead to nothing`
  return `${what} (${someOf(names, shown)}): is the disk of the files there?`
}

/** By their whole paths: which of the folders above is closed is what somebody has to find out. */
function closedText(closed: ReadonlyMap<string, string>): string {
  const names = [...closed].sort(([a], [b]) => compare(a, b)).map(([place, code]) => `${place} (${code})`)
  const what = names.length === 1 ? 'a folder that may not be looked into' : `${names.length} folders that may not be looked into`
  return `${what}: ${someOf(names, shown)}`
}

function nameSome(files: readonly string[], sought: Sought): string {
  const names = files.map((file) => path.basename(file))
  const count = files.length === 1 ? `a file that looks like a ${sought.slice(0, -1)}` : `${files.length} files that look like ${sought}`
  return `${count} (${someOf(names, shown)})`
}

const endingsOf = (files: readonly string[]) =>
  [...new Set(files.map((file) => path.extname(file).slice(1).toLowerCase()))].sort().slice(0, 5).join(', ')
