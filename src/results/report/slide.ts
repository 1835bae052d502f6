/** The section of one slide: pictures, classes, patches worth a look, timings, and what made it. */

import type { TiastreamError } from '../../core/errors.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import type { TableMetadata } from '../../sinks/common/metadata.js'
import { shareText } from '../../sinks/picture/amount-text.js'
import { overGlass, rgbOf } from '../../sinks/picture/colors.js'
import { noClass } from '../given.js'
import type { SlideResult } from '../open.js'
import { bars } from '../plots/bars.js'
import { svgOf } from '../plots/vega.js'
import type { ClassFacts, SlideFacts } from './gather.js'
import { count, duration, Html, html } from './html.js'
import { placedPicture } from './patch.js'
import type { SlidePictures } from './pictures.js'

/** Classes whose patches are shown: the most frequent ones. */
const mostClasses = 12

export function failedSection({ id, receipt }: SlideResult, anchor: string): Html {
  const { error } = receipt
  return html`<details class="slide" id="${anchor}"><summary><h3>${id}</h3><span class="status failed">failed</span></summary>
<p class="problem"><strong>${error?.message ?? 'it failed, and the receipt does not say why'}</strong>${error ? html` <code>${error.code}</code>` : null}</p>
${error?.hint ? html`<p>${error.hint}</p>` : null}
${definitions([['File', receipt.uri], ['Time', duration(receipt.seconds)], ...(error?.cause ? [['Cause', error.cause] as const] : [])])}
</details>`
}

/** The run did it, but its table cannot be read any more. */
export function unreadableSection({ id, receipt }: SlideResult, { code, message, hint }: TiastreamError, anchor: string): Html {
  return html`<details class="slide" id="${anchor}"><summary><h3>${id}</h3><span class="status failed">unreadable</span></summary>
<p class="problem"><strong>${message}</strong> <code>${code}</code></p>
${hint ? html`<p>${hint}</p>` : null}
${definitions([['File', receipt.uri]])}
</details>`
}

export interface ShownInSection {
  readonly result: SlideResult
  readonly metadata: TableMetadata
  readonly facts: SlideFacts
  readonly pictures: SlidePictures | null
  readonly anchor: string
}

export async function slideSection({ result, metadata, facts, pictures, anchor }: ShownInSection): Promise<Html> {
  const { id, receipt } = result
  return html`<details class="slide" id="${anchor}" style="--o:${Math.round((pictures?.alpha ?? 0.5) * 100)}%"><summary><h3>${id}</h3><span class="facts">${sizeOf(metadata)} · ${count(receipt.rows)} patches</span></summary>
<div class="figures">
${pictures ? overlayFigure(id, facts, pictures) : null}
${receipt.rows > 0 ? legendTable(facts, metadata) : null}
</div>
${otherText(facts, metadata)}
${silentText(receipt)}
${pictures ? samplesStrip(facts, pictures, metadata) : null}
${pictures && facts.labels ? labelsPart(facts, facts.labels, pictures, metadata) : null}
${receipt.warnings.length > 0 ? html`<ul class="warnings">${receipt.warnings.map((warning) => html`<li>${warning}</li>`)}</ul>` : null}
${receipt.rows === 0 ? html`<p>No patch was kept: no tissue was found. The table is empty and valid.</p>` : null}
<div class="figures">
${pictures?.mask ? maskFigure(id, facts, pictures) : null}
${pictures && facts.tally.predicted > 0 ? html`<figure><figcaption>Classes</figcaption>${new Html(await distribution(facts, pictures.alpha))}</figure>` : null}
</div>
${pictures && pictures.missing.length > 0 ? html`<ul class="warnings">${pictures.missing.map((why) => html`<li>${why}</li>`)}</ul>` : null}
${pictures ? patchTable(facts, pictures, metadata) : html`<p class="quiet">Pictures of this slide would have made the page too large.</p>`}
${provenance(result, metadata)}
</details>`
}

const distribution = ({ classes }: SlideFacts, alpha: number) =>
  svgOf(
    bars(
      classes.map((one) => ({ ...one, color: overGlass(rgbOf(one.color), alpha) })),
      'Patches',
      280,
    ),
    'page',
  )

function overlayFigure(id: string, { tally }: SlideFacts, { overlay, alpha, base, classes: layer }: SlidePictures): Html | null {
  if (!overlay && !layer) return null
  const title = tally.predicted === 0 && tally.answered > 0 ? 'Patches with an answer' : 'Predictions'
  const picture = overlay
    ? html`<button type="button" class="enlarge"><img src="${overlay}" alt="Predictions over the slide ${id}"></button>`
    : html`<div class="stack">${base ? html`<img src="${base}" alt="The slide ${id}">` : null}<img class="layer" src="${layer}" alt="Predicted classes of ${id}"></div>
<label class="opacity">Opacity <input type="range" min="0" max="100" value="${Math.round(alpha * 100)}"></label>`
  return html`<figure class="wide"><figcaption>${title}</figcaption>${picture}</figure>`
}

/** The legend: colours as the picture shows them, what is there, and how much of each. */
function legendTable({ tally }: SlideFacts, { grid }: TableMetadata): Html {
  const { legend, knowsArea } = tally
  const rows = legend.lines.map(
    ({ name, color, count: n, share, area }) =>
      html`<tr><th scope="row">${color ? html`<span class="chip" style="--c:${color}"></span>` : html`<span class="chip several"></span>`}${name}</th><td class="number">${share ?? '–'}</td><td class="number">${count(n)}</td>${knowsArea ? html`<td class="number">${area}</td>` : null}</tr>`,
  )
  return html`<div class="legend"><table><thead><tr><th scope="col">Class</th><th scope="col" class="number">Share</th><th scope="col" class="number">Patches</th>${knowsArea ? html`<th scope="col" class="number">Area</th>` : null}</tr></thead>
<tbody>${rows}</tbody></table>
<p class="quiet">Colours as over glass in the picture; shares of the patches with an answer. ${knowsArea ? `Areas are those of the patches${grid ? ', each counted for its step to the next, so that overlaps count once' : ''}.` : 'No areas: the size of a pixel is not known.'}${legend.absent > 0 ? ` ${count(legend.absent)} of ${count(tally.classes.length)} classes are given to no patch.` : ''}</p></div>`
}

/** Answers that are no classes: such a patch is not one without an answer. */
function otherText({ tally }: SlideFacts, { model }: TableMetadata): Html | null {
  const other = tally.count(noClass)
  if (other === 0) return null
  const features = model?.outputs.find(({ kind }) => kind === 'features')
  if (features) return html`<p>${count(other)} patches embedded: ${count(features.width)} features each, by ${model!.name}.</p>`
  if (tally.classes.length > 0) return html`<p>${count(other)} patches have an answer of ${model!.name} that is none of its classes.</p>`
  return html`<p>${count(other)} patches ${model ? `measured by ${model.name}; it` : 'kept; the run'} names no classes.</p>`
}

/** Why patches have no answer, and when none of all has one. */
function silentText({ rows, unreadable, unanswered }: SlideResult['receipt']): Html | null {
  const silent = unreadable + unanswered
  if (silent === 0) return null
  const why = [
    ...(unreadable > 0 ? [`${count(unreadable)} could not be read`] : []),
    ...(unanswered > 0 ? [`for ${count(unanswered)} the model gave no number`] : []),
  ]
  return html`<p class="problem">${silent === rows ? `None of the ${count(rows)} patches has an answer` : `${count(silent)} of ${count(rows)} patches have no answer`}: ${why.join(', ')}.</p>`
}

/** What was embedded or measured: without classes there is no typical patch, so these are spread over the slide. */
function samplesStrip({ samples, tally }: SlideFacts, { patches }: SlidePictures, { slide }: TableMetadata): Html | null {
  if (samples.length === 0) return null
  const title = tally.classes.length > 0 ? 'Some of no class' : 'Some of the patches'
  return html`<section><h4>${title}</h4><div class="strip samples">${samples.map((place) => placedPicture(place, patches.get(place.index), slide, html`${place.index}`, `patch ${place.index}`))}</div></section>`
}

function labelsPart(
  { classes }: SlideFacts,
  labels: NonNullable<SlideFacts['labels']>,
  { patches }: SlidePictures,
  { slide }: TableMetadata,
): Html {
  const { right, wrong, shown } = labels
  const name = (i: number) => classes[i]?.name ?? 'none'
  return html`<section><h4>Labels</h4><p>${count(right)} of ${count(right + wrong)} patches with a label are predicted as labelled (${shareText(right / (right + wrong))})${wrong > 0 ? `; of the ${count(wrong)} others the surest:` : '.'}</p>
${wrong > 0 ? html`<div class="strip wrong">${shown.map(({ value, item }) => placedPicture(item, patches.get(item.index), slide, html`${value.toFixed(2)} <b>${name(item.prediction)}</b><br>label ${name(item.label)}`, `patch ${item.index}, ${value.toFixed(3)}`))}</div>` : null}</section>`
}

const maskFigure = (id: string, { painting }: SlideFacts, { base, mask }: SlidePictures): Html => html`<figure class="narrow">
<figcaption>${painting?.hasTissue ? 'Tissue in the patches kept' : 'Patches kept'}</figcaption>
<div class="stack faint">${base ? html`<img src="${base}" alt="">` : null}<img src="${mask}" alt="Where patches of ${id} were kept"></div></figure>`

function patchTable({ classes, tally }: SlideFacts, { patches }: SlidePictures, { slide }: TableMetadata): Html | null {
  const shown = classes.filter((one) => one.count > 0).toSorted((a, b) => b.count - a.count)
  if (shown.length === 0 || shown.every(({ confidence }) => confidence === null)) return null
  const strip = (ranked: ClassFacts['typical']) =>
    html`<td><div class="strip">${ranked.map(({ value, item }) => placedPicture(item, patches.get(item.index), slide, html`${value.toFixed(2)}`, `patch ${item.index}, ${value.toFixed(3)}`))}</div></td>`
  const rest = shown.length - mostClasses
  return html`<div class="scroll"><table class="patches"><thead><tr><th scope="col">Class</th><th scope="col">Most typical</th><th scope="col">Least sure</th></tr></thead>
<tbody>${shown
    .slice(0, mostClasses)
    .map(
      (one) =>
        html`<tr><th scope="row"><span class="chip" style="--c:${one.color}"></span>${one.name}<small>${count(one.count)} patches, ${shareText(one.count / tally.answered)}<br>mean probability ${one.confidence?.toFixed(2) ?? '–'}</small></th>${strip(one.typical)}${strip(one.unsure)}</tr>`,
    )}</tbody></table></div>${rest > 0 ? html`<p class="quiet">and ${rest} rarer classes</p>` : null}${slide.kind === 'set' ? null : html`<p class="quiet">Places are the top left corners in pixels of the full size, and open the patch in the viewer.</p>`}`
}

function provenance({ receipt }: SlideResult, metadata: TableMetadata): Html {
  const { slide, model, others = [], grid } = metadata
  const spent = Object.entries(receipt.spentMs)
    .filter(([, ms]) => ms >= 1)
    .toSorted((a, b) => b[1] - a[1])
  return html`<div class="columns"><section><h4>What made it</h4>${definitions([
    ['File', receipt.uri],
    ['Format', slide.vendor],
    ...[...(model ? [model] : []), ...others].flatMap(({ name, sha256 }) => [
      ['Model', name] as const,
      ['Model sha256', html`<code>${sha256}</code>`] as const,
    ]),
    ...(grid
      ? ([
          [
            'Patches',
            `${grid.patch.join(' × ')} px at ${formatResolution(grid.at)}, ${grid.placed ? 'where others laid them' : `every ${grid.stride.join(' × ')} px`}`,
          ],
        ] as const)
      : []),
    ['Device', receipt.device ?? 'none'],
    ['Fingerprint', html`<code>${metadata.fingerprint}</code>`],
    ['Versions', `tiastream ${metadata.tiastreamVersion}, table ${metadata.schemaVersion}`],
  ])}</section>
<section><h4>Time</h4>${definitions([
    ['In all', duration(receipt.seconds)],
    ...spent.map(([name, ms]) => [name, duration(ms / 1000)] as const),
  ])}</section>
<section><h4>Files</h4><ul class="files">${receipt.files.map(({ sink, file, bytes }) => html`<li><code>${file}</code> <small>${sink}, ${count(bytes)} bytes</small></li>`)}</ul></section></div>`
}

export const definitions = (entries: readonly (readonly [string, string | Html])[]): Html =>
  html`<dl>${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`

function sizeOf({ slide: { kind, width, height, mpp } }: TableMetadata): string {
  if (kind === 'set') return 'a set of patches'
  return `${count(width)} × ${count(height)} px${mpp ? `, ${mpp.x.toFixed(3)} µm/px` : ''}`
}
