/** Pictures beside the levels: pages, JPEGs in a description, JPEGs in files beside the slide. */

import { SlideError } from '../../core/errors.js'
import type { SlideFiles } from '../files/of-slide.js'
import { jpegStore } from '../jpeg-store.js'
import type { TileStore } from '../store.js'
import { obstacle, type Page } from './page.js'
import type { Found, Picture } from './vendor.js'

/** Of one file beside a slide. */
const MOST_BYTES = 64 * 2 ** 20

interface Beside {
  readonly uri: string
  readonly files: SlideFiles
  readonly warnings: string[]
}

/** Those that can be read, by their names; of the others a warning. `pageStore` makes a store of a page. */
export async function picturesOf(
  { associated, beside = {} }: Found,
  { uri, files, warnings }: Beside,
  pageStore: (page: Page) => Promise<TileStore>,
): Promise<Record<string, () => Promise<TileStore>>> {
  const pictures: Record<string, () => Promise<TileStore>> = {}
  const storeOf = async (name: string, picture: Page | Picture) =>
    'jpeg' in picture ? jpegStore(await picture.jpeg(), `${uri}: its ${name}`) : pageStore(picture)
  for (const [name, picture] of Object.entries(associated)) {
    const reason = 'jpeg' in picture ? null : obstacle(picture, true)
    if (reason === null) pictures[name] = () => storeOf(name, picture)
    else warnings.push(`its ${name} is left out: it has ${reason}`)
  }
  for (const [name, file] of Object.entries(beside)) {
    const place = files.sibling(file)
    if (await isThere(place, files)) pictures[name] ??= () => storeOf(name, { jpeg: () => files.read(place, MOST_BYTES) })
  }
  return pictures
}

async function isThere(place: string, files: SlideFiles): Promise<boolean> {
  try {
    await (await files.open(place)).close()
    return true
  } catch (error) {
    if (error instanceof SlideError) return false
    throw error
  }
}
