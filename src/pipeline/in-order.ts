/**
 * Sends the blocks of the bands to the lanes and hands their answers on in raster order. It holds numbers, never pixels; at most
 * one band a lane is on its way, and one before them may wait for what it left over.
 */

import { Bug } from '../core/errors.js'
import type { BatchOutput, Patch, PatchBatch, PatchStatus } from '../core/items.js'
import type { Band, Block } from './bands.js'

/** Patches of a batch handed on. */
const answerPatches = 512

export interface Answered {
  readonly batch: PatchBatch
  /** Set when a band ends with this batch: every patch with an ordinal below it has been handed on. */
  readonly through?: number
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
  options: InOrderOptions,
): AsyncGenerator<Answered> {
  const source = bands[Symbol.asyncIterator]()
  const slots = new Map<number, Slot>()
  const ends: number[] = []
  let next = options.first
  let open = 0
  let ended = false
  const failures: unknown[] = []
  let wake: () => void = () => undefined

  const send = (band: Band) => {
    ends.push(band.through)
    let left = band.blocks.length
    if (left > 0) open++
    for (const block of band.blocks) {
      ask(block)
        .then((answers) => {
          place(slots, block, answers, options.first)
          if (--left === 0) open--
        })
        .catch((error: unknown) => {
          failures.push(error)
        })
        .finally(() => wake())
    }
  }

  const onAbort = () => wake()
  options.signal.addEventListener('abort', onAbort)
  try {
    for (;;) {
      options.signal.throwIfAborted()
      if (failures.length > 0) throw failures[0]
      while (!ended && open < options.bands) {
        const pulled = await source.next()
        if (pulled.done === true) ended = true
        else send(pulled.value)
        if (failures.length > 0) throw failures[0]
      }
      while (slots.has(next)) {
        const entries: Exclude<Slot, null>[] = []
        const end = ends[0]!
        while (slots.has(next) && next < end && entries.length < answerPatches) {
          const slot = slots.get(next)!
          slots.delete(next)
          next++
          if (slot) entries.push(slot)
        }
        const closes = next === end
        if (closes) ends.shift()
        if (entries.length > 0 || closes) yield { batch: gather(entries), ...(closes ? { through: end } : {}) }
      }
      if (ended && ends.length === 0) return
      if (!ended && open < options.bands) continue
      await new Promise<void>((resolve) => {
        wake = resolve
        if (options.signal.aborted || failures.length > 0 || slots.has(next) || (ended && open === 0)) resolve()
      })
      if (ended && open === 0 && !slots.has(next) && ends.length > 0 && failures.length === 0)
        throw new Bug(`patch ${next} was never answered`)
    }
  } finally {
    options.signal.removeEventListener('abort', onAbort)
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
      if (at === block.patches.length) throw new Bug(`a lane answered for patch ${index}, which it was not asked for`)
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
