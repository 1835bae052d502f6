/** The table of all slides: one row each, every column to be sorted by. */

import type { Receipt } from '../../pipeline/store/receipts.js'
import { shareText } from '../../sinks/picture/amount-text.js'
import { ranked } from '../../sinks/picture/ranked.js'
import { mostLines } from '../class-tally.js'
import { count, duration, type Html, html } from './html.js'

export interface CohortRow {
  readonly id: string
  readonly receipt: Receipt
  /** Null for a slide without a table. */
  readonly classes: readonly { readonly name: string; readonly color: string; readonly count: number }[] | null
  /** Patches with an answer: shares are shares of these. */
  readonly answered: number
  /** Id of the section that says more; null when the page has none. */
  readonly anchor: string | null
}

/** A column for each class up to so many; of more, the bar alone has to do. */
const mostColumns = 12

export function cohortTable(rows: readonly CohortRow[]): Html {
  const classes = rows.find((row) => row.classes && row.classes.length > 0)?.classes ?? []
  const columns = classes.length <= mostColumns ? classes : []
  return html`<div class="scroll" role="region" aria-labelledby="cohort" tabindex="0"><table class="sortable">
<thead><tr>
${header('Slide', 'text')}${header('Status', 'text')}${header('Patches', 'number')}${header('No answer', 'number')}${header('Time', 'number')}${header('Patches/s', 'number')}
${classes.length > 0 ? html`<th scope="col">Classes</th>` : null}
${columns.map(({ name, color }) => header(html`<span class="chip" style="--c:${color}"></span><span class="name" title="${name}">${name}</span>`, 'number'))}
</tr></thead>
<tbody>
${rows.map((row) => tableRow(row, classes.length > 0, columns))}
</tbody></table></div>`
}

const header = (label: Html | string, kind: 'text' | 'number'): Html =>
  html`<th scope="col" class="${kind}" aria-sort="none"><button type="button">${label}<span class="arrow" aria-hidden="true"></span></button></th>`

function tableRow(
  { id, receipt, classes, answered, anchor }: CohortRow,
  withBar: boolean,
  columns: readonly { readonly name: string }[],
): Html {
  const { status, rows, seconds } = receipt
  const silent = receipt.unreadable + receipt.unanswered
  const share = (n: number) => n / answered
  // By its name: slides that left the cohort may be of another model.
  const cell = (name: string) => {
    const found = answered > 0 ? classes?.find((one) => one.name === name) : undefined
    return found ? number(share(found.count), shareText(share(found.count))) : html`<td class="number" data-v="-1">–</td>`
  }
  const perSecond = seconds > 0 ? rows / seconds : 0
  return html`<tr data-slide="${id}">
<th scope="row">${anchor ? html`<a href="#${anchor}">${id}</a>` : id}</th>
<td><span class="status ${status}">${status}</span></td>
${number(rows, count(rows))}${number(silent, count(silent))}${number(seconds, duration(seconds))}${number(perSecond, rows === 0 ? '–' : perSecond.toFixed(perSecond < 10 ? 1 : 0))}
${withBar ? html`<td>${classes && answered > 0 ? bar(classes, answered) : ''}</td>` : null}
${columns.map(({ name }) => cell(name))}

</tr>
`
}

const number = (value: number, said: string): Html => html`<td class="number" data-v="${value}">${said}</td>`

function bar(classes: NonNullable<CohortRow['classes']>, total: number): Html {
  const { shown, rest } = ranked(classes, (one) => one.count, mostLines)
  const others = rest.reduce((sum, one) => sum + one.count, 0)
  const parts = [...shown, ...(rest.length > 0 ? [{ name: `${rest.length} others`, color: '#808080', count: others }] : [])]
  const said = parts.map(({ name, count: n }) => `${name} ${shareText(n / total)}`).join(', ')
  return html`<span class="bar" role="img" aria-label="${said}" title="${said}">${parts.map(
    (one) => html`<i style="--c:${one.color};--w:${((one.count / total) * 100).toFixed(2)}%"></i>`,
  )}</span>`
}
