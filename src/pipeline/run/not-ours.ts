/** A run replaces what a run has made, and nothing else: no file of another maker that has the name of a result, and nothing that the slide is read from. */

import { isAddress } from '../../core/address.js'
import { SinkError } from '../../core/errors.js'
import { isMadeBy, sameFileOf } from '../../core/files/may-replace.js'
import type { SlideRef } from '../../core/slide.js'
import { fileOf } from '../../sinks/file-of.js'
import type { Plan } from '../plan/plan-type.js'
import { placeIn } from '../store/layout.js'
import { oldFilesOf, type Receipt } from '../store/receipts.js'
import type { ResultStore } from '../store/result-store.js'
import type { Evidence } from './evidence.js'

/** Before the slide is begun: throws OUTPUT_TAKEN. `receipt`: what lies in the place of its receipt. */
export async function mustBeOurs(
  store: ResultStore,
  { sinks }: Pick<Plan, 'sinks'>,
  { id, uri }: SlideRef,
  { files }: Pick<Evidence, 'files'>,
  receipt: Receipt | null,
): Promise<void> {
  const reads = [uri, ...files.map(({ file }) => file)].filter((file) => !isAddress(file))
  const known = new Set([...(receipt?.files ?? []), ...oldFilesOf(receipt)].map(({ file }) => file))
  const mustBeOne = async ({ name: sink, file }: Plan['sinks'][number]) => {
    const name = fileOf(file, id)
    const place = placeIn(store, name)
    if (!isAddress(place) && (await sameFileOf(place, reads)) !== null) {
      const hint = `give ${sink} another file:, or leave ${sink} out`
      throw new SinkError('OUTPUT_TAKEN', `${place} is read for this slide, and ${sink} would replace it`, { hint, at: { slide: id } })
    }
    if (known.has(name)) return
    const ends = await store.endsOf(name)
    if (ends === null || isMadeBy(sink, name, ends)) return
    // An attempt that died may have published it: its journal goes with the receipt.
    if (await store.hasJournal(id)) return
    throw new SinkError('OUTPUT_TAKEN', `${place} is there already, and no run here has made it`, {
      hint: `move it away, or write elsewhere: another output, or another file: of ${sink}`,
      at: { slide: id },
    })
  }
  // In a bucket each is a question, and they wait together; of several the first one in the pipeline is told.
  const ended = await Promise.allSettled(sinks.map(mustBeOne))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}
