/** TIFF: from the directories to an opened slide. */

import { SlideError } from '../../core/errors.js'
import type { DecodeSpeed, SlideInfo, SlideKind } from '../../core/slide.js'
import type { ByteSource } from '../byte-source.js'
import { fillingOf } from '../filled-up.js'
import type { OpenContext } from '../format.js'
import { jpegStore } from '../jpeg-store.js'
import type { Limits } from '../limits.js'
import { ndpiHeader } from '../ndpi/header.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { MOST_LEVELS } from '../tile-loader.js'
import { aperio } from './aperio.js'
import { argos } from './argos.js'
import { readDirectories } from './directory.js'
import { filledFromBelow } from './filled.js'
import { refuseHiddenFrames } from './frames.js'
import { generic } from './generic.js'
import { huron } from './huron.js'
import { ome } from './ome.js'
import { compressionOf, obstacle, type Page, pageOf } from './page.js'
import { philips } from './philips.js'
import { qptiff } from './qptiff.js'
import { refuseByName } from './refused.js'
import { placedIn, tiffStore } from './store.js'
import { type Found, type PageTree, type Picture, refuseLargerSubs, type Vendor } from './vendor.js'

/** The first that knows the file has it; generic knows every file. */
const vendors: readonly Vendor[] = [philips, qptiff, argos, aperio, huron, ome, generic]

export async function open(source: ByteSource, context: OpenContext): Promise<Opened> {
  const { ref, limits, signal, again } = context
  const { uri } = source
  const ndpi = await ndpiHeader(source, limits, signal)
  if (ndpi !== null) return (await import('../ndpi/open.js')).open(source, context, ndpi)
  const warnings: string[] = []
  const trees = await pagesOf(source, limits, warnings, signal)
  const pages = trees.map(({ page }) => page)
  const vendor = vendors.find((v) => v.is(trees[0]!.page))!
  const isSlide = ref.kind === 'slide'
  if (!isSlide && vendor.marked !== undefined) {
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is a ${vendor.marked} slide, no plain picture`, { hint: 'list it under slides:' })
  }
  refuseByName([...pages, ...trees.flatMap(({ subs }) => subs)], uri, vendor.marked !== undefined)
  refuseHiddenFrames(pages, uri, source.size)
  const found = isSlide ? vendor.find(trees, uri) : plain(trees)
  refuseLargerSubs(found.levels[0]!, trees, uri)
  const levels = readable(found, ref.kind, uri, warnings).slice(0, MOST_LEVELS)
  const alpha = isSlide ? 'on white' : 'dropped'
  const placed = await placedIn(levels, source, limits, warnings, { signal, again })
  const storeOf = async (speed: DecodeSpeed) => {
    const own = await tiffStore(placed, { speed, alpha }, limits)
    return found.vendor === 'aperio' ? filledFromBelow(own, source) : own
  }
  const pictureOf = async (name: string, picture: Page | Picture) =>
    'jpeg' in picture
      ? jpegStore(await picture.jpeg(), `${uri}: its ${name}`)
      : tiffStore(await placedIn([picture], source, limits, []), { speed: 'exact', alpha }, limits)
  const store = await storeOf('exact')
  const associated = Object.entries(found.associated).filter(([, picture]) => 'jpeg' in picture || obstacle(picture, true) === null)
  const scale = scaleOf(found, ref)
  const info: SlideInfo = {
    id: ref.id,
    uri: ref.uri,
    kind: ref.kind,
    vendor: found.vendor,
    width: levels[0]!.width,
    height: levels[0]!.height,
    levels: store.levels,
    ...scale,
    associated: associated.map(([name]) => name).sort(),
    warnings: [...found.warnings, ...warnings, ...scale.warnings],
    compression: compressionOf(levels[0]!)!,
  }
  return {
    info,
    store,
    faster: () => storeOf('fast'),
    source,
    pictures: Object.fromEntries(associated.map(([name, picture]) => [name, () => pictureOf(name, picture)])),
  }
}

/** Checked pages; one that is broken is left out with a warning, unless it is the first. */
async function pagesOf(source: ByteSource, limits: Limits, warnings: string[], signal?: AbortSignal): Promise<PageTree[]> {
  const directories = await readDirectories(source, limits, warnings, signal)
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
    trees.push({ page, subs, tree })
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

/** The levels that can be decoded: the first must, a further one is left out with a warning. */
function readable({ levels }: Found, kind: SlideKind, uri: string, warnings: string[]): Page[] {
  return levels.filter((page, i) => {
    const unclear = page.tiled && page.factor === undefined && fillingOf(page, page.tile, levels[0]!) === 'unclear'
    const reason = unclear ? 'sizes filled up to whole tiles, from which its factor does not follow' : obstacle(page, kind !== 'slide')
    if (reason === null) return true
    if (i === 0) {
      throw new SlideError('SLIDE_UNSUPPORTED', `${uri} has ${reason}`, {
        hint: 'slides are read as 8-bit RGB (JPEG, JPEG 2000, deflate, LZW, WebP, zstd …)',
      })
    }
    warnings.push(`level ${i} (${page.width} x ${page.height}) is left out: it has ${reason}`)
    return false
  })
}
