/** Which slides the results of an output are to be of: those that its source has. Written down by a run, so that what is missing can be told later, without the source. */

import { withoutSecrets } from '../../core/address.js'
import type { SlideRef } from '../../core/slide.js'
import { receiptIds } from './receipts.js'
import { type ResultStore, state } from './result-store.js'

export interface ListedSlide {
  readonly slide: string
  /** Without secrets. */
  readonly uri: string
}

const listName = `${state}/slides.jsonl`

/** Keeps the list, a line a slide. True when it is another than the one that was there, or the first. */
export async function keepSlides(store: ResultStore, slides: AsyncIterable<Pick<SlideRef, 'id' | 'uri'>>): Promise<boolean> {
  const lines: string[] = []
  for await (const { id, uri } of slides) lines.push(`${JSON.stringify({ slide: id, uri: withoutSecrets(uri) } satisfies ListedSlide)}\n`)
  const text = Buffer.from(lines.join(''))
  if ((await store.read(listName))?.equals(text)) return false
  await store.replace(listName, text)
  return true
}

/** In the order of the source. Null where no run has said so: the output is of an earlier version. */
export async function listedSlides(store: ResultStore): Promise<readonly ListedSlide[] | null> {
  const bytes = await store.read(listName)
  if (bytes === null) return null
  const lines = bytes.toString().split('\n').filter(Boolean)
  try {
    const slides = lines.map((line) => JSON.parse(line) as Partial<ListedSlide>)
    return slides.every(({ slide, uri }) => typeof slide === 'string' && typeof uri === 'string') ? (slides as ListedSlide[]) : null
  } catch {
    return null
  }
}

/** False where that is not known. */
export async function isEverySlideEnded(store: ResultStore): Promise<boolean> {
  const [listed, ended] = [await listedSlides(store), new Set(await receiptIds(store))]
  return listed?.every(({ slide }) => ended.has(slide)) === true
}
