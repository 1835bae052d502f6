/** One row for every patch of a batch, in the order they came. */

import type { Patch, PatchStatus } from '../../core/items.js'
import { outputNames } from '../../core/output-columns.js'
import type { Row } from '../../core/row.js'
import type { SlideRef } from '../../core/slide.js'
import type { Stage } from '../../core/stage.js'
import { answerWriter } from './answers.js'
import type { MergeOptions } from './spec.js'

export default ({ outputs = [] }: MergeOptions): Stage<'batch', 'row'> => {
  const names = outputNames(outputs)
  const writers = outputs.map((output, i) => ({ name: output.name, write: answerWriter(output, names[i]!) }))
  return async function* (batches, { slide: { ref }, signal }) {
    const address = ref.kind === 'set' ? inSet : onSlide
    for await (const { patches, statuses, outputs: answers } of batches) {
      for (const [i, patch] of patches.entries()) {
        signal.throwIfAborted()
        const row = address(patch)
        fate(row, statuses[i])
        for (const { name, write } of writers) write(row, answers[name], i)
        carry(row, patch, ref)
        yield row
      }
    }
  }
}

function inSet({ slide, index }: Patch): Row {
  return { slide, index }
}

function onSlide({ slide, index, column, row, bounds, region }: Patch): Row {
  const [x0, y0, x1, y1] = bounds
  return { slide, index, grid_x: column, grid_y: row, x0, y0, x1, y1, bx: region.x, by: region.y, bw: region.width, bh: region.height }
}

function fate(row: Row, { status, error }: PatchStatus = { status: 'ok' }): void {
  row.status = status
  row.error = error ?? null
}

/** Notes of the patch, then what the list says of the slide. A label is always there, null when nobody gave one. */
function carry(row: Row, { notes }: Patch, { carried, label }: SlideRef): void {
  Object.assign(row, notes, carried)
  row.label ??= label ?? null
}
