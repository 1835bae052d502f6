/** A row for every patch of a batch, in the order they came: a batch of columns from a batch of answers. */

import type { Batch, ColumnData } from '../../core/batch.js'
import { categoryOf, dataOf } from '../../core/batches/rows-of.js'
import { checkedValue } from '../../core/batches/value-check.js'
import { bugInRun } from '../../core/errors.js'
import type { Patch, PatchBatch, PatchStatus } from '../../core/items.js'
import type { Column } from '../../core/row.js'
import type { SlideRef } from '../../core/slide.js'
import type { Stage } from '../../core/stage.js'
import { answerColumns } from './answers.js'
import type { MergeOptions } from './spec.js'

export default ({ outputs = [] }: MergeOptions): Stage<'batch', 'rows'> => {
  const answers = answerColumns(outputs)
  return async function* (batches, { slide: { ref }, signal, gives, pixelMemory }) {
    if (gives === undefined) throw bugInRun('merge was not told of its columns')
    const makers = gives.map((column): ((batch: PatchBatch) => ColumnData) => {
      const answer = answers.get(column.name)
      if (answer) return ({ patches, outputs: said }) => answer.make(said[answer.output], patches.length)
      const made = addresses.get(column.name)
      if (made) return ({ patches, statuses }) => made(patches, statuses)
      return ({ patches }) => carried(column, patches, ref)
    })
    for await (const batch of batches) {
      signal.throwIfAborted()
      const columns = makers.map((make) => make(batch))
      // Where several models saw them, or none.
      for (const { data } of batch.inputs) pixelMemory?.giveBack(data)
      yield { length: batch.patches.length, columns } satisfies Batch
    }
  }
}

/** By the name of the column: where patches lie, and how they fared. */
const addresses = new Map<string, (patches: readonly Patch[], statuses: readonly PatchStatus[]) => ColumnData>(
  Object.entries({
    slide: (patches) => ({ valid: null, ...categoryOf(patches.map(({ slide }) => slide)) }),
    index: whole(({ index }) => index),
    grid_x: whole(({ column }) => column),
    grid_y: whole(({ row }) => row),
    x0: whole(({ bounds }) => bounds[0]),
    y0: whole(({ bounds }) => bounds[1]),
    x1: whole(({ bounds }) => bounds[2]),
    y1: whole(({ bounds }) => bounds[3]),
    base_x: number(({ region }) => region.x),
    base_y: number(({ region }) => region.y),
    base_w: number(({ region }) => region.width),
    base_h: number(({ region }) => region.height),
    status: (_, statuses) => ({ valid: null, ...categoryOf(statuses.map(({ status }) => status)) }),
    error: (_, statuses) =>
      dataOf(
        { name: 'error', type: 'string', nullable: true, about: '' },
        statuses.map(({ error }) => error ?? null),
      ),
  }),
)

function whole(of: (patch: Patch) => number): (patches: readonly Patch[]) => ColumnData {
  return (patches) => ({ type: 'int32', valid: null, values: Int32Array.from(patches, of) })
}

function number(of: (patch: Patch) => number): (patches: readonly Patch[]) => ColumnData {
  return (patches) => ({ type: 'float64', valid: null, values: Float64Array.from(patches, of) })
}

/** What the list says of the slide, and notes of the patch. A label is always there, null when nobody gave one. */
function carried(column: Column, patches: readonly Patch[], { carried: ofAll, label }: SlideRef): ColumnData {
  const { name } = column
  const values = patches.map(({ notes, index, slide }) => {
    const given = [ofAll, notes].find((values) => Object.hasOwn(values, name))?.[name]
    return checkedValue(column, name === 'label' ? (given ?? label ?? null) : given, () => ({
      what: `patch ${index} of ${slide}`,
      hint: 'the stage that notes it must give the type that its spec declares',
    }))
  })
  return dataOf(column, values)
}
