/** The evaluation as a section of the page. */

import type { Evaluation } from '../evaluate/evaluate.js'
import { confusionSvg, countsSvg } from '../evaluate/pictures.js'
import { count, Html, html } from './html.js'

export async function evaluationSection(evaluation: Evaluation): Promise<Html> {
  const { accuracy, patches, macro, weighted, rocAuc, classes, leftOut } = evaluation
  const three = (value: number | null) => (value === null ? '–' : value.toFixed(3))
  const left = [
    leftOut.unlabelled > 0 ? `${leftOut.unlabelled} without a label` : '',
    leftOut.unpredicted > 0 ? `${leftOut.unpredicted} without a prediction` : '',
  ]
  const leftText = left.filter((text) => text !== '').join(', ')
  return html`<section aria-labelledby="evaluation"><h2 id="evaluation">Evaluation</h2>
<ul class="cards">
<li><strong>${(accuracy * 100).toFixed(1)} %</strong>accuracy</li><li><strong>${three(macro.f1)}</strong>macro F1</li>
<li><strong>${three(weighted.f1)}</strong>weighted F1</li>${rocAuc ? html`<li><strong>${three(rocAuc.macro)}</strong>mean ROC AUC</li>` : null}
<li><strong>${count(patches)}</strong>patches with a label</li></ul>
${leftText ? html`<p class="quiet">Left out: ${leftText}.</p>` : null}
<div class="figures"><figure><figcaption>Confusion, share of the label</figcaption>${new Html(await confusionSvg(evaluation, 'page'))}</figure>
<figure><figcaption>Labels (solid) and predictions (pale)</figcaption>${new Html(await countsSvg(evaluation, 'page'))}</figure></div>
<div class="scroll" tabindex="0" role="region" aria-label="Scores of each class"><table><thead><tr><th scope="col">Class</th>${[
    'Precision',
    'Recall',
    'F1',
    ...(rocAuc ? ['ROC AUC'] : []),
    'Labels',
    'Predicted',
  ].map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead><tbody>${classes.map(
    (one) =>
      html`<tr><th scope="row"><span class="chip" style="--c:${one.color}"></span>${one.name}</th>${[
        three(one.precision),
        three(one.recall),
        three(one.f1),
        ...(rocAuc ? [three(one.rocAuc)] : []),
        count(one.support),
        count(one.predicted),
      ].map((cell) => html`<td class="number">${cell}</td>`)}</tr>`,
  )}</tbody></table></div></section>`
}
