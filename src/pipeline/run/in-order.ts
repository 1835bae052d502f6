/**
 * Sends the blocks of the bands to the lanes and hands their answers on in raster order. It holds numbers, never pixels.
 *
 * A band is on its way until it is written down, not until it is answered, and at most one a lane is. Of the band after those only the
 * block is sent that holds what they left over; the others wait until the oldest band is written. That is all that a killed run has to
 * infer again, however slow the disk is.
 */

import { bugInRun } from '../../core/errors.js'
import type { BatchOutput, Patch, PatchBatch, PatchStatus } from '../../core/items.js'
import type { Band, Block } from '../plan/bands.js'

/** Patches of a batch handed on. */
const answerPatches = 512

export interface Answered {
  readonly batch: PatchBatch
  /** Set when a band ends with this batch. */
  readonly ends?: EndOfBand
}

interface EndOfBand {
  /** Every patch with an ordinal below this has been handed on. */
  readonly through: number
  /** To be called when that band is safe; bands further down wait for it. */
  readonly written: () => void
}

/** What a lane found out about one patch; null when a stage dropped it. */
type Slot = { readonly batch: PatchBatch; readonly at: number } | null

export interface InOrderOptions {
  /** Bands on their way at once. */
  readonly bands: number
  readonly first: number
  readonly signal: AbortSignal
}

export async function* inOrder(
  bands: AsyncIterable<Band>,
  ask: (block: Block) => Promise<readonly PatchBatch[]>,
  { bands: most, first, signal }: InOrderOptions,
): AsyncGenerator<Answered> {
  const source = bands[Symbol.asyncIterator]()
  const slots = new Map<number, Slot>()
  /** Where each band ends that is not written down, the oldest first. */
  const unwritten: number[] = []
  /** How many of those have been handed on. */
  let handedOn = 0
  /** Blocks that may not be sent yet. */
  const waiting: Block[] = []
  let asked = 0
  let next = first
  let ended = false
  const failures: unknown[] = []
  let wake: () => void = () => undefined

  const send = (block: Block) => {
    asked++
    ask(block)
      .then((answers) => place(slots, block, answers, first))
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
    while (waiting[0]?.patches.some(({ ordinal }) => ordinal < limit)) send(waiting.shift()!)
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
    const entries: Exclude<Slot, null>[] = []
    while (end !== undefined && next < end && entries.length < answerPatches && slots.has(next)) {
      const slot = slots.get(next)!
      slots.delete(next++)
      if (slot) entries.push(slot)
    }
    if (next !== end) return entries.length > 0 ? { batch: gather(entries) } : undefined
    handedOn++
    return { batch: gather(entries), ends: { through: end, written } }
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
      if (asked === 0 && handedOn === 0) throw bugInRun(`patch ${next} was never answered`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    await source.return?.(undefined)
  }
}

/**
 * Puts the answers of a block at the ordinals of their patches. Stages keep the order and may drop patches, so one walk finds them. Those
 * below `first` were asked only to fill a batch as it was filled before.
 */
function place(slots: Map<number, Slot>, block: Block, answers: readonly PatchBatch[], first: number): void {
  let at = 0
  const put = (slot: Slot) => {
    const { ordinal } = block.patches[at++]!
    if (ordinal >= first) slots.set(ordinal, slot)
  }
  for (const batch of answers) {
    for (let i = 0; i < batch.patches.length; i++) {
      const { index } = batch.patches[i]!
      while (at < block.patches.length && block.patches[at]!.patch.index !== index) put(null)
      if (at === block.patches.length) throw bugInRun(`a lane answered for patch ${index}, which it was not asked for`)
      put({ batch, at: i })
    }
  }
  while (at < block.patches.length) put(null)
}

function gather(entries: readonly Exclude<Slot, null>[]): PatchBatch {
  const patches: Patch[] = []
  const statuses: PatchStatus[] = []
  const outputs: Record<string, BatchOutput> = {}
  for (const [name, { width }] of Object.entries(entries[0]?.batch.outputs ?? {})) {
    outputs[name] = { width, data: new Float32Array(entries.length * width) }
  }
  for (const [i, { batch, at }] of entries.entries()) {
    patches.push(batch.patches[at]!)
    statuses.push(batch.statuses[at]!)
    for (const [name, { width, data }] of Object.entries(outputs)) {
      data.set(batch.outputs[name]!.data.subarray(at * width, (at + 1) * width), i * width)
    }
  }
  return { patches, statuses, inputs: [], outputs }
}
