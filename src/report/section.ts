/** Which section a slide gets: with pictures while there is room, else without; its error when it has failed or cannot be read. */

import { Bug, TiastreamError } from '../core/errors.js'
import type { Results, SlideResult } from '../results/open.js'
import { pixelsOf } from '../results/pixels.js'
import { hasColumn, tableOf } from '../results/tables.js'
import type { CohortRow } from './cohort.js'
import { gather } from './gather.js'
import { type Html, html } from './html.js'
import { picturesOf } from './pictures.js'
import { failedSection, slideSection, unreadableSection } from './slide.js'

/** Bytes of sections with pictures that may still come. */
export interface Budget {
  left: number
  withoutPictures: number
}

export interface Made {
  readonly row: CohortRow
  readonly section: Html
  readonly hasLabels: boolean
}

export async function sectionOf(
  results: Results,
  result: SlideResult,
  anchor: string,
  budget: Budget,
  signal?: AbortSignal,
): Promise<Made> {
  const { id, receipt, table: file } = result
  const bare = { id, receipt, classes: null, predicted: 0, anchor }
  if (receipt.status === 'failed') return { row: bare, section: failedSection(result, anchor), hasLabels: false }
  if (file === null) {
    const section = html`<details class="slide" id="${anchor}"><summary><h3>${id}</h3></summary><p>This run wrote no Parquet table, so nothing more can be said.</p></details>`
    return { row: bare, section, hasLabels: false }
  }
  try {
    return await madeOf(results, { ...result, table: file }, bare, anchor, budget, signal)
  } catch (error) {
    // One table that is gone or damaged does not take the page away from all the others.
    if (!(error instanceof TiastreamError) || error instanceof Bug) throw error
    return { row: bare, section: unreadableSection(result, error, anchor), hasLabels: false }
  }
}

async function madeOf(
  results: Results,
  result: SlideResult & { readonly table: string },
  bare: CohortRow,
  anchor: string,
  budget: Budget,
  signal?: AbortSignal,
): Promise<Made> {
  const table = await tableOf(result)
  const facts = await gather(table, signal)
  let pictures = null
  if (budget.left > 0) {
    const slide = await pixelsOf(table)
    try {
      pictures = await picturesOf(results, result, facts, slide)
    } finally {
      if (typeof slide !== 'string') await slide.close()
    }
  } else budget.withoutPictures++
  const section = await slideSection(result, table.metadata, facts, pictures, anchor)
  if (pictures) budget.left -= section.text.length
  const hasLabels = hasColumn(table, 'label') && facts.classes.length > 0
  return { row: { ...bare, classes: facts.classes, predicted: facts.predicted }, section, hasLabels }
}
