/**
 * Cuts the stream of kept patches into bands, and a band into blocks for the lanes.
 *
 * A band is some whole rows of the grid. Each lane gets one contiguous stretch of it, so that neighbours find their shared tiles in
 * that lane's cache; a block is a piece of a stretch about eight patches wide. Every block holds a whole number of batches: what is
 * left over is carried into the next band, and only the last block of a slide has a batch that is not full. The next band begins
 * with what was carried, so that its answers, which all later rows wait for, are never more than a band late; and bands run from left
 * to right and from right to left in turn, so that it begins where the last one ended.
 *
 * Which patches share a batch, and in which order, follows from the patches alone: not from the number of lanes, and not from where a
 * killed run is taken up. The last bit of a sum may depend on a patch's place in its batch (of how its numbers lie in memory).
 */

import type { Patch } from '../../core/items.js'
import { type Addresses, addressesOf } from './addresses.js'

/** Grid rows of a band. */
const bandRows = 8
/** Columns of a piece of a band: blocks are about this wide. */
const pieceColumns = 8
/** Patches of a block, unless a batch is larger: what a lane may still be at work on when the others have nothing left. */
export const blockPatches = 32
/** Patches of a band at least, so that thin tissue does not make tiny bands. As many bands as there are lanes are on their way. */
export const bandPatches = 8 * blockPatches

/** What a lane is asked at once. As numbers: patches that live until they are answered would cost the collector more than all else of a row. */
export interface Block {
  readonly lane: number
  /** Of each patch: its place in the stream of kept patches. */
  readonly ordinals: Int32Array
  readonly addresses: Addresses
}

/** A patch and its place in the stream of kept patches. */
interface Numbered {
  readonly ordinal: number
  readonly patch: Patch
}

export interface Band {
  readonly blocks: readonly Block[]
  /** Every patch with an ordinal below this belongs to this band or an earlier one. */
  readonly through: number
}

export interface BandOptions {
  readonly lanes: number
  /** Patches of a batch. */
  readonly batch: number
  /** Patches with an ordinal below this are done (when a slide is taken up where it stopped). */
  readonly first: number
  /** Told of every patch as it comes, and null at the end. */
  readonly saw?: (patch: Patch | null) => void
}

/** `lists`: all kept patches of the slide in their order, also those that are done. A batch that holds one that is not is asked whole. */
export async function* bandsOf(lists: AsyncIterable<readonly Patch[]>, options: BandOptions): AsyncGenerator<Band> {
  const { saw } = options
  let carried: Numbered[] = []
  let own: Numbered[] = []
  let ordinal = 0
  let rowOf: number | undefined
  let turn = 0
  for await (const patches of lists) {
    for (const patch of patches) {
      saw?.(patch)
      const bandRow = Math.floor(patch.row / bandRows)
      if (own.length >= bandPatches && bandRow !== rowOf) {
        const band = cut(carried, own, options, turn++, false)
        if (ordinal > options.first) yield { blocks: band.blocks, through: ordinal }
        carried = band.carried
        own = []
      }
      rowOf = bandRow
      own.push({ ordinal: ordinal++, patch })
    }
  }
  saw?.(null)
  if (own.length > 0 && ordinal > options.first) yield { blocks: cut(carried, own, options, turn, true).blocks, through: ordinal }
}

function cut(before: readonly Numbered[], own: readonly Numbered[], options: BandOptions, turn: number, last: boolean) {
  const { lanes, batch, first } = options
  const leftwards = turn % 2 === 1
  const pieces = inPieces(before, own, leftwards)
  const units = last ? Math.ceil(pieces.length / batch) : Math.floor(pieces.length / batch)
  const most = Math.max(1, Math.floor(blockPatches / batch))
  // At the end of a slide nothing follows: the last blocks of a stretch are single batches, so that all lanes end together.
  const sizeOf = (left: number) => (last ? Math.max(1, Math.min(most, left >> 1)) : most) * batch
  const blocks: Block[] = []
  for (let stretch = 0; stretch < lanes; stretch++) {
    // A lane stays on its side of the slide.
    const lane = leftwards ? lanes - 1 - stretch : stretch
    // The remainder of the division goes to another lane in turn.
    const share = (i: number) => Math.floor((units * i + ((turn >> 1) % lanes)) / lanes)
    const from = share(stretch) * batch
    const to = stretch === lanes - 1 ? units * batch : share(stretch + 1) * batch
    for (let at = from; at < to; ) {
      const end = Math.min(at + sizeOf((to - at) / batch), to)
      const block = undone(pieces.slice(at, end), batch, first)
      if (block.length > 0) blocks.push(blockOf(lane, block))
      at = end
    }
  }
  return { blocks, carried: pieces.slice(units * batch) }
}

const blockOf = (lane: number, block: readonly Numbered[]): Block => ({
  lane,
  ordinals: Int32Array.from(block, ({ ordinal }) => ordinal),
  addresses: addressesOf(block.map(({ patch }) => patch)),
})

/** The batches of a block with at least one patch that is not done. */
function undone(block: Numbered[], batch: number, first: number): Numbered[] {
  if (first === 0) return block
  return block.filter((_, i) => {
    const start = i - (i % batch)
    return block.slice(start, start + batch).some(({ ordinal }) => ordinal >= first)
  })
}

/** Those before, then piece by piece, and in each as they came, which is by their ordinals. */
function inPieces(before: readonly Numbered[], own: readonly Numbered[], leftwards: boolean): Numbered[] {
  const pieces: Numbered[][] = []
  for (const numbered of own) {
    const piece = Math.floor(numbered.patch.column / pieceColumns)
    const others = pieces[piece]
    if (others) others.push(numbered)
    else pieces[piece] = [numbered]
  }
  const all = [...before]
  for (const [i] of pieces.entries()) {
    const piece = pieces[leftwards ? pieces.length - 1 - i : i]
    if (piece) for (const numbered of piece) all.push(numbered)
  }
  return all
}
