/** The run in a few numbers, and what it was asked to do. */

import { someOf } from '../../core/text/some-of.js'
import { busyText, waitsText } from '../../pipeline/run/usage-words.js'
import type { Results } from '../open.js'
import { count, duration, type Html, html } from './html.js'
import { definitions } from './slide.js'

/** Slides named that left the cohort, or have not ended. */
const namedSlides = 20

export function overviewOf({ slides, waiting = [], run, plan }: Results): Html {
  const done = slides.filter(({ receipt }) => receipt.status === 'done')
  const sum = (pick: (receipt: (typeof slides)[number]['receipt']) => number) =>
    slides.reduce((total, { receipt }) => total + pick(receipt), 0)
  const failed = slides.length - done.length
  const seconds = sum((receipt) => receipt.seconds)
  return html`<section aria-label="The run">
<ul class="cards">
<li><strong>${count(done.length)}</strong>${done.length === 1 ? 'slide' : 'slides'} done</li>
${failed > 0 ? html`<li class="bad"><strong>${count(failed)}</strong>failed</li>` : null}
${waiting.length > 0 ? html`<li class="bad"><strong>${count(waiting.length)}</strong>not done yet</li>` : null}
<li><strong>${count(sum((receipt) => receipt.rows))}</strong>patches</li>
<li><strong>${duration(seconds)}</strong>for all slides together</li>
${run && run.patchesPerSecond > 0 ? html`<li><strong>${run.patchesPerSecond.toFixed(1)}</strong>patches/s in the last run</li>` : null}
</ul>
${waiting.length > 0 ? html`<p class="problem"><strong>Not done yet: ${someOf(waiting, namedSlides)}.</strong> The next run goes on with them.</p>` : null}
${run?.leftovers?.length ? html`<p class="problem"><strong>Not part of the last run: ${someOf(run.leftovers, namedSlides)}.</strong> Their results are of an earlier one.</p>` : null}
<details class="quiet"><summary>How it ran</summary>${definitions([
    ...(run
      ? ([
          [
            'Last run',
            `${run.status}: ${run.slides.done} done, ${run.slides.failed} failed, ${run.slides.skipped} done before, ${duration(run.seconds)}`,
          ],
          [
            'Decoded',
            `${run.megapixelsPerSecond.toFixed(1)} MPix/s${run.decodedPerTouched === null ? '' : `, each tile ${run.decodedPerTouched.toFixed(2)} times`}`,
          ],
          ['Peak memory', `${(run.peakRssBytes / 1024 ** 2).toFixed(0)} MiB`],
          ...(busyText(run) === '' ? [] : ([['Busy', `${busyText(run)}; ${waitsText(run)}`]] as const)),
        ] as const)
      : ([['Last run', 'did not come to its end']] as const)),
    ...(plan
      ? ([
          [
            'Pipeline',
            html`<pre>${JSON.stringify({ source: plan.source, stages: plan.stages, sinks: plan.sinks, models: plan.models }, null, 2)}</pre>`,
          ],
        ] as const)
      : []),
  ])}</details></section>`
}
