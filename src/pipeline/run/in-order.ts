/**
 * Sends the blocks of the bands to the lanes and hands their answers on in raster order. It holds numbers, never pixels.
 *
 * A band is on its way until it is written down, not until it is answered, and at most one a lane is. Of the band after those only the
 * block is sent that holds what they left over; the others wait until the oldest band is written. That is all that a killed run has to
 * infer again, however slow the disk is.
 */

import type { Batch } from '../../core/batch.js'
import { freeVectors, inOwnMemory } from '../../core/batches/lent.js'
import { gatherOf } from '../../core/batches/rearrange.js'
import { bugInRun } from '../../core/errors.js'
import type { Column } from '../../core/row.js'
import { groupRows } from '../../sinks/common/group-rows.js'
import { indexIn } from '../plan/addresses.js'
import type { Band, Block } from '../plan/bands.js'
import { Slots } from './slots.js'

/** Rows of a batch handed on, and numbers of its vectors: what is done once a batch shall be little beside its rows, and its memory small. */
const mostRows = 2048
const mostNumbers = 2 ** 20

export interface Answered {
  /** Null where a band ends without further rows. */
  readonly batch: Batch | null
  /** Set when a band ends with this batch. */
  readonly ends?: EndOfBand
}

interface EndOfBand {
  /** Every patch with an ordinal below this has been handed on. */
  readonly through: number
  /** To be called when that band is safe; bands further down wait for it. */
  readonly written: () => void
}

export interface InOrderOptions {
  /** Bands on their way at once. */
  readonly bands: number
  readonly first: number
  /** Columns of the answers: one of them is the `index` of the patch. */
  readonly columns: readonly Column[]
  readonly signal: AbortSignal
  /** Told how many milliseconds the answers of a block waited for those before them. */
  readonly waited?: (ms: number) => void
}

export async function* inOrder(
  bands: AsyncIterable<Band>,
  ask: (block: Block) => Promise<Batch>,
  { bands: most, first, columns, signal, waited = () => undefined }: InOrderOptions,
): AsyncGenerator<Answered> {
  const source = bands[Symbol.asyncIterator]()
  const answerRows = groupRows(mostRows, columns, mostNumbers)
  const indexAt = columns.findIndex(({ name }) => name === 'index')
  const slots = new Slots(first)
  const held = new Held(waited)
  /** Where each band ends that is not written down, the oldest first. */
  const unwritten: number[] = []
  /** How many of those have been handed on. */
  let handedOn = 0
  /** Blocks that may not be sent yet. */
  const waiting: Block[] = []
  let asked = 0
  let ended = false
  const failures: unknown[] = []
  let wake: () => void = () => undefined

  const send = (block: Block) => {
    asked++
    ask(block)
      .then((rows) => {
        place(slots, block, rows, indexAt)
        held.add(rows, block)
      })
      .catch((error: unknown) => {
        failures.push(error)
      })
      .finally(() => {
        asked--
        wake()
      })
  }
  const sendThoseThatMay = () => {
    const limit = unwritten[most - 1] ?? Number.POSITIVE_INFINITY
    while (waiting[0]?.ordinals.some((ordinal) => ordinal < limit)) send(waiting.shift()!)
  }
  const written = () => {
    unwritten.shift()
    handedOn--
    sendThoseThatMay()
    wake()
  }
  /** What has come of the band whose turn it is; undefined when that is nothing. */
  const collect = (): Answered | undefined => {
    const end = unwritten[handedOn]
    if (end === undefined) return undefined
    const reached = slots.come(Math.min(end, slots.next + answerRows))
    // Rows go on by bands anyway: fewer are not worth a batch.
    if (reached < end && reached < slots.next + answerRows) return undefined
    const { batches, from, rows } = slots.take(reached)
    const batch = rows.length > 0 ? inOwnMemory((memory) => gatherOf(batches, from, rows, memory)) : null
    held.freeBelow(reached)
    if (reached < end) return { batch }
    handedOn++
    return { batch, ends: { through: end, written } }
  }

  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort)
  try {
    for (;;) {
      signal.throwIfAborted()
      if (failures.length > 0) throw failures[0]
      if (!ended && waiting.length === 0) {
        const pulled = await source.next()
        if (pulled.done === true) ended = true
        else {
          unwritten.push(pulled.value.through)
          waiting.push(...pulled.value.blocks)
          sendThoseThatMay()
        }
        continue
      }
      const answered = collect()
      if (answered) {
        yield answered
        continue
      }
      if (ended && handedOn === unwritten.length) return
      // Where bands were handed on that are not written yet, the rest waits for that.
      if (asked === 0 && handedOn === 0) throw bugInRun(`patch ${slots.next} was never answered`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    await source.return?.(undefined)
  }
}

/** The answers of which some rows were not handed on. In order, rows are copies. */
class Held {
  #answers: { readonly last: number; readonly batch: Batch; readonly since: number }[] = []

  constructor(private readonly waited: (ms: number) => void) {}

  add(batch: Batch, { ordinals }: Block): void {
    const last = ordinals.reduce((most, ordinal) => Math.max(most, ordinal), 0)
    this.#answers.push({ last, batch, since: performance.now() })
  }

  freeBelow(ordinal: number): void {
    for (const { last, batch, since } of this.#answers) {
      if (last >= ordinal) continue
      freeVectors(batch)
      this.waited(performance.now() - since)
    }
    this.#answers = this.#answers.filter(({ last }) => last >= ordinal)
  }
}

/** Puts the rows of a block at the ordinals of their patches. Stages keep the order and may drop patches, so one walk finds them. */
function place(slots: Slots, { ordinals, addresses }: Block, rows: Batch, column: number): void {
  const index = rows.columns[column]
  if (index?.type !== 'int32') throw bugInRun('rows came without the index of their patches')
  let at = 0
  for (let row = 0; row < rows.length; row++) {
    while (at < ordinals.length && indexIn(addresses, at) !== index.values[row]) slots.put(ordinals[at++]!, null, 0)
    if (at === ordinals.length) throw bugInRun(`a lane answered for patch ${index.values[row]}, which it was not asked for`)
    slots.put(ordinals[at++]!, rows, row)
  }
  while (at < ordinals.length) slots.put(ordinals[at++]!, null, 0)
}
