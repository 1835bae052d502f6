/** TIFF: from the directories to an opened slide. */

import { SlideError } from '../../core/errors.js'
import type { SlideInfo } from '../../core/slide.js'
import { article } from '../../core/text/article.js'
import { intersection, type Region, type Size } from '../../geometry/region.js'
import type { ByteSource } from '../byte-source.js'
import type { OpenContext, Opening } from '../format.js'
import { ndpiHeader } from '../ndpi/header.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { aperio } from './aperio.js'
import { argos } from './argos.js'
import { picturesOf } from './beside.js'
import { type DirectoryTree, readDirectories } from './directory.js'
import { refuseHiddenFrames } from './frames.js'
import { generic } from './generic.js'
import { huron } from './huron.js'
import { leica } from './leica.js'
import { levelsOf } from './levels.js'
import { ome } from './ome.js'
import { compressionOf, type Page, pageOf } from './page.js'
import { philips } from './philips.js'
import { qptiff } from './qptiff.js'
import { refuseByName } from './refused.js'
import { byTags, resolutionOf } from './resolution-tags.js'
import { placedIn, tiffStore } from './store.js'
import { tags } from './tags.js'
import { trestle } from './trestle.js'
import { type Found, isReduced, onlyReduced, type PageTree, refuseLargerSubs, type Vendor } from './vendor.js'
import { ventana } from './ventana.js'

/** The first that knows the file has it; generic knows every file. */
const vendors: readonly Vendor[] = [philips, leica, ventana, trestle, qptiff, argos, aperio, huron, ome, generic]

export async function open(source: ByteSource, context: OpenContext): Promise<Opened> {
  const { ref, limits, files, signal, again } = context
  const { uri } = source
  const ndpi = await ndpiHeader(source, limits, signal)
  if (ndpi !== null) return (await import('../ndpi/open.js')).open(source, context, ndpi)
  const warnings: string[] = []
  const opening: Opening = { source, limits, warnings, signal }
  const directories = await readDirectories(opening)
  // Rewritten as any TIFF (by tifftools, as DSA's WSI DeID does it): what its pages are is not changed by that.
  if (directories[0]!.page.has(tags.NdpiFormat)) return (await import('../ndpi/open.js')).open(source, context)
  const trees = pagesOf(directories, opening)
  const pages = trees.map(({ page }) => page)
  const vendor = vendors.find((v) => v.is(trees[0]!.page))!
  const isSlide = ref.kind === 'slide'
  if (!isSlide && vendor.marked !== undefined) {
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is ${article(vendor.marked)} ${vendor.marked} slide, no plain picture`, {
      hint: 'list it under slides:',
    })
  }
  refuseByName([...pages, ...trees.flatMap(({ subs }) => subs)], uri, vendor.marked !== undefined)
  refuseHiddenFrames(pages, uri, source.size)
  const found = isSlide ? vendor.find(trees, uri) : plain(trees)
  refuseLargerSubs(found.levels[0]!, trees, uri)
  // GDAL's overviews lie in a file of their own (.ovr).
  if (isSlide && vendor.marked === undefined && isReduced(found.levels[0]!)) warnings.push(onlyReduced)
  const { first, storeOf } = await levelsOf(found, { ...opening, kind: ref.kind, again })
  const store = await storeOf('exact')
  const alpha = isSlide ? 'on white' : 'dropped'
  const pageStore = async (page: Page) =>
    tiffStore(await placedIn([page], { source, limits, warnings: [] }), { speed: 'exact', alpha }, limits)
  const pictures = await picturesOf(found, { uri, files, warnings }, pageStore)
  const [base] = store.levels
  const scale = scaleOf(withTags(found, first, vendor), ref, base)
  const bounds = boundsOf(found, base!)
  const info: SlideInfo = {
    id: ref.id,
    uri: ref.uri,
    kind: ref.kind,
    vendor: found.vendor,
    ...sizeOf(base!),
    levels: store.levels,
    ...(bounds === undefined ? {} : { bounds }),
    ...scale,
    associated: Object.keys(pictures).sort(),
    warnings: [...found.warnings, ...warnings, ...scale.warnings],
    compression: compressionOf(first)!,
  }
  return { info, store, faster: () => storeOf('fast'), source, pictures }
}

/** Nothing, where all of it was scanned. */
function boundsOf({ bounds }: Found, { width, height }: Size): Region | undefined {
  const inside = bounds && intersection(bounds, { x: 0, y: 0, width, height })
  return inside?.width === width && inside.height === height ? undefined : inside
}

/** What the resolution tags say, where another part of the file is believed. (Those of scanners with formats of their own mean what they like.) */
function withTags(found: Found, page: Page, { marked }: Vendor): Found {
  const mpp = found.mpp === undefined || found.mppSource === byTags || marked !== undefined ? undefined : resolutionOf(page, [])
  return mpp === undefined ? found : { ...found, otherwise: { mpp, source: byTags } }
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height })

/** Checked pages; one that is broken is left out with a warning, unless it is the first. */
function pagesOf(directories: readonly DirectoryTree[], { source, limits, warnings }: Opening): PageTree[] {
  const trees: PageTree[] = []
  for (const [i, tree] of directories.entries()) {
    const attempt = (directory: typeof tree.page, name: string): Page | null => {
      try {
        return pageOf(directory, source.uri, limits)
      } catch (error) {
        if (!(error instanceof SlideError)) throw error
        warnings.push(`${name} is left out: ${error.message}`)
        return null
      }
    }
    const page = i === 0 ? pageOf(tree.page, source.uri, limits) : attempt(tree.page, `page ${i + 1}`)
    if (page === null) continue
    const subs = tree.subs.map((sub, k) => attempt(sub, `sub-page ${k + 1} of page ${i + 1}`)).filter((p) => p !== null)
    trees.push({ page, subs, tree, number: i })
  }
  return trees
}

/** A plain picture: the first page as it is, its resolution tags (72 to the inch) meaningless. */
function plain(trees: readonly PageTree[]): Found {
  const more = trees.length - 1
  return {
    vendor: 'tiff',
    levels: [trees[0]!.page],
    associated: {},
    warnings: more > 0 ? [`only the first of ${more + 1} pages is read`] : [],
  }
}
