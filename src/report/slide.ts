/** The section of one slide: pictures, classes, patches worth a look, timings, and what made it. */

import type { TiastreamError } from '../core/errors.js'
import { formatResolution } from '../core/options.js'
import { bars } from '../plots/bars.js'
import { svgOf } from '../plots/vega.js'
import type { SlideResult } from '../results/open.js'
import type { TableMetadata } from '../sinks/common/metadata.js'
import type { ClassFacts, SlideFacts } from './gather.js'
import { count, duration, Html, html, percent } from './html.js'
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

export async function slideSection(
  result: SlideResult,
  metadata: TableMetadata,
  facts: SlideFacts,
  pictures: SlidePictures | null,
  anchor: string,
): Promise<Html> {
  const { id, receipt } = result
  return html`<details class="slide" id="${anchor}"><summary><h3>${id}</h3><span class="facts">${sizeOf(metadata)} · ${count(receipt.rows)} patches</span></summary>
${receipt.warnings.length > 0 ? html`<ul class="warnings">${receipt.warnings.map((warning) => html`<li>${warning}</li>`)}</ul>` : null}
${receipt.rows === 0 ? html`<p>No patch was kept: no tissue was found. The table is empty and valid.</p>` : null}
<div class="figures">
${pictures ? overlayFigure(id, facts, pictures) : null}
${pictures?.mask ? maskFigure(id, facts, pictures) : null}
${pictures && facts.predicted > 0 ? html`<figure><figcaption>Classes</figcaption>${new Html(await distribution(facts))}</figure>` : null}
</div>
${pictures && pictures.missing.length > 0 ? html`<ul class="warnings">${pictures.missing.map((why) => html`<li>${why}</li>`)}</ul>` : null}
${pictures ? patchTable(facts, pictures) : html`<p class="quiet">Pictures of this slide would have made the page too large.</p>`}
${provenance(result, metadata)}
</details>`
}

const distribution = ({ classes }: SlideFacts) => svgOf(bars(classes, 'Patches', 280), 'page')

function overlayFigure(id: string, { classes }: SlideFacts, { overlay, base, classes: layer }: SlidePictures): Html | null {
  if (!overlay && !layer) return null
  const picture = overlay
    ? html`<img src="${overlay}" alt="Predictions over the slide ${id}">`
    : html`<div class="stack">${base ? html`<img src="${base}" alt="The slide ${id}">` : null}<img class="layer" src="${layer}" alt="Predicted classes of ${id}"></div>
<label class="opacity">Opacity <input type="range" min="0" max="100" value="${base ? 55 : 100}"></label>`
  const seen = classes.filter((one) => one.count > 0)
  return html`<figure class="wide"><figcaption>Predictions</figcaption>${picture}
<ul class="legend">${seen.map(({ name, color }) => html`<li><span class="chip" style="--c:${color}"></span>${name}</li>`)}</ul></figure>`
}

const maskFigure = (id: string, { painting }: SlideFacts, { base, mask }: SlidePictures): Html => html`<figure class="narrow">
<figcaption>${painting?.hasTissue ? 'Tissue in the patches kept' : 'Patches kept'}</figcaption>
<div class="stack faint">${base ? html`<img src="${base}" alt="">` : null}<img src="${mask}" alt="Where patches of ${id} were kept"></div></figure>`

function patchTable({ classes, predicted }: SlideFacts, { patches }: SlidePictures): Html | null {
  const shown = classes.filter((one) => one.count > 0).toSorted((a, b) => b.count - a.count)
  if (shown.length === 0 || shown.every(({ confidence }) => confidence === null)) return null
  const strip = (ranked: ClassFacts['typical']) =>
    html`<td><div class="strip">${ranked.map(({ value, item }) => {
      const picture = patches.get(item.index)
      const said = `patch ${item.index}, ${value.toFixed(3)}`
      return html`<figure>${picture ? html`<img src="${picture}" alt="${said}">` : html`<span class="no-picture" title="no picture"></span>`}<figcaption title="patch ${item.index}">${value.toFixed(2)}</figcaption></figure>`
    })}</div></td>`
  const rest = shown.length - mostClasses
  return html`<div class="scroll"><table class="patches"><thead><tr><th scope="col">Class</th><th scope="col">Most typical</th><th scope="col">Least sure</th></tr></thead>
<tbody>${shown
    .slice(0, mostClasses)
    .map(
      (one) =>
        html`<tr><th scope="row"><span class="chip" style="--c:${one.color}"></span>${one.name}<small>${count(one.count)} patches, ${percent(one.count / predicted)}<br>mean probability ${one.confidence?.toFixed(2) ?? '–'}</small></th>${strip(one.typical)}${strip(one.unsure)}</tr>`,
    )}</tbody></table></div>${rest > 0 ? html`<p class="quiet">and ${rest} rarer classes</p>` : null}`
}

function provenance({ receipt }: SlideResult, metadata: TableMetadata): Html {
  const { slide, model, grid } = metadata
  const spent = Object.entries(receipt.spentMs)
    .filter(([, ms]) => ms >= 1)
    .toSorted((a, b) => b[1] - a[1])
  return html`<div class="columns"><section><h4>What made it</h4>${definitions([
    ['File', slide.uri],
    ['Format', slide.vendor],
    ...(model
      ? ([
          ['Model', model.name],
          ['Model sha256', html`<code>${model.sha256}</code>`],
        ] as const)
      : []),
    ...(grid
      ? ([['Patches', `${grid.patch.join(' × ')} px at ${formatResolution(grid.at)}, every ${grid.stride.join(' × ')} px`]] as const)
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
