/** Which section a slide gets: with pictures while there is room, else without; its error when it has failed or cannot be read. */

import { Bug, TiastreamError } from '../../core/errors.js'
import type { Results, SlideResult } from '../open.js'
import { pixelsOf } from '../pixels.js'
import { hasColumn, tableOf } from '../tables.js'
import type { CohortRow } from './cohort.js'
import { gather, type SlideFacts } from './gather.js'
import { type Html, html } from './html.js'
import { picturesOf, type SlidePictures } from './pictures.js'
import { failedSection, slideSection, unreadableSection } from './slide.js'

/** Bytes of sections with pictures that may still come. */
export interface Budget {
  left: number
  withoutPictures: number
}

export interface SectionOptions {
  readonly rename?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Made {
  /** A picture that the page can open with. */
  readonly hasPicture: boolean
  readonly row: CohortRow
  readonly section: Html
  readonly hasLabels: boolean
}

export async function sectionOf(
  results: Results,
  result: SlideResult,
  anchor: string,
  budget: Budget,
  { rename, signal }: SectionOptions,
): Promise<Made> {
  const { id, receipt, table: file } = result
  const bare = { id, receipt, classes: null, answered: 0, anchor }
  if (receipt.status === 'failed') return { row: bare, section: failedSection(result, anchor), hasLabels: false, hasPicture: false }
  if (file === null) {
    const section = html`<details class="slide" id="${anchor}"><summary><h3>${id}</h3></summary><p>This run wrote no Parquet table, so nothing more can be said.</p></details>`
    return { row: bare, section, hasLabels: false, hasPicture: false }
  }
  try {
    return await madeOf(results, { ...result, table: file }, bare, anchor, budget, { rename, signal })
  } catch (error) {
    // One table that is gone or damaged does not take the page away from all the others.
    if (!(error instanceof TiastreamError) || error instanceof Bug) throw error
    return { row: bare, section: unreadableSection(result, error, anchor), hasLabels: false, hasPicture: false }
  }
}

const hasPicture = ({ tally }: SlideFacts, pictures: SlidePictures | null): boolean =>
  pictures !== null && tally.answered > 0 && (pictures.overlay !== null || pictures.classes !== null)

async function madeOf(
  results: Results,
  result: SlideResult & { readonly table: string },
  bare: CohortRow,
  anchor: string,
  budget: Budget,
  { rename, signal }: SectionOptions,
): Promise<Made> {
  const table = await tableOf(result)
  const facts = await gather(table, rename, signal)
  let pictures: SlidePictures | null = null
  if (budget.left > 0) {
    const slide = await pixelsOf(table, result.receipt.uri)
    try {
      pictures = await picturesOf(results, result, facts, slide, signal)
    } finally {
      if (typeof slide !== 'string') await slide.close()
    }
  } else budget.withoutPictures++
  const section = await slideSection(result, table.metadata, facts, pictures, anchor)
  if (pictures) budget.left -= section.text.length
  const hasLabels = hasColumn(table, 'label') && facts.classes.length > 0
  return {
    row: { ...bare, classes: facts.classes, answered: facts.tally.answered },
    section,
    hasLabels,
    hasPicture: hasPicture(facts, pictures),
  }
}
