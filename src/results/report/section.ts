/** Which section a slide gets: with pictures while there is room, else without; its error when it has failed or cannot be read. */

import { Bug, TiastreamError } from '../../core/errors.js'
import { placeIn } from '../../pipeline/store/slide-place.js'
import type { Results, SlideResult } from '../open.js'
import { pixelsOf } from '../pixels.js'
import { hasColumn, tableOf } from '../tables.js'
import type { CohortRow } from './cohort.js'
import { gather, type SlideFacts } from './gather.js'
import { type Html, html } from './html.js'
import { picturesOf, type SlidePictures } from './pictures.js'
import { failedSection, slideSection, unreadableSection } from './slide.js'

export interface SectionAsked {
  readonly results: Results
  readonly result: SlideResult
  /** Its id on the page. */
  readonly anchor: string
  readonly withPictures: boolean
  readonly rename?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Made {
  /** A picture that the page can open with. */
  readonly canOpen: boolean
  /** `none`: nothing can be shown of it in any case. */
  readonly pictures: 'shown' | 'left out' | 'none'
  readonly row: CohortRow
  readonly section: Html
  readonly hasLabels: boolean
}

export async function sectionOf(asked: SectionAsked): Promise<Made> {
  const { result, anchor } = asked
  const { id, receipt, table: file } = result
  const bare = { id, receipt, classes: null, answered: 0, anchor }
  const nothing = (section: Html): Made => ({ row: bare, section, hasLabels: false, canOpen: false, pictures: 'none' })
  if (receipt.status === 'failed') return nothing(failedSection(result, anchor))
  if (file === null) {
    const section = html`<details class="slide" id="${anchor}"><summary><h3>${id}</h3></summary><p>This run wrote no Parquet table, so nothing more can be said.</p></details>`
    return nothing(section)
  }
  try {
    return await madeOf({ ...asked, result: { ...result, table: file } }, bare)
  } catch (error) {
    // One table that is gone or damaged does not take the page away from all the others.
    if (!(error instanceof TiastreamError) || error instanceof Bug) throw error
    return nothing(unreadableSection(result, error, anchor))
  }
}

const canOpen = ({ tally }: SlideFacts, pictures: SlidePictures | null): boolean =>
  pictures !== null && tally.answered > 0 && (pictures.overlay !== null || pictures.classes !== null)

async function madeOf(asked: SectionAsked & { readonly result: { readonly table: string } }, bare: CohortRow): Promise<Made> {
  const { results, result, anchor, withPictures, rename, signal } = asked
  const table = await tableOf(result)
  const facts = await gather(table, rename, signal)
  let pictures: SlidePictures | null = null
  if (withPictures) {
    const slide = await pixelsOf(table, placeIn(result.receipt))
    try {
      pictures = await picturesOf(results, result, facts, slide, signal)
    } finally {
      if (typeof slide !== 'string') await slide.close()
    }
  }
  const section = await slideSection({ result, metadata: table.metadata, facts, pictures, anchor })
  const hasLabels = hasColumn(table, 'label') && facts.classes.length > 0
  return {
    row: { ...bare, classes: facts.classes, answered: facts.tally.answered },
    section,
    hasLabels,
    canOpen: canOpen(facts, pictures),
    pictures: pictures ? 'shown' : 'left out',
  }
}
