/** Addresses of patches as numbers: what goes out to a lane for a block. As objects they would cost the main thread more than all else of a row. */

import type { Patch } from '../../core/items.js'
import type { PatchNote } from '../../core/row.js'

export interface Addresses {
  readonly slide: string
  readonly count: number
  /** For each patch its index, column, row, bounds, region, level (-1: the reader chooses), and then the notes that are numbers for all. */
  readonly numbers: Float64Array
  readonly numeric: readonly string[]
  /** The other notes by name, a value for each patch. */
  readonly others: readonly (readonly [name: string, values: readonly (PatchNote | undefined)[]])[]
}

const fixed = 12

export function addressesOf(patches: readonly Patch[]): Addresses {
  const { numeric, other } = namesIn(patches)
  const width = fixed + numeric.length
  const numbers = new Float64Array(width * patches.length)
  for (let i = 0, at = 0; i < patches.length; i++, at += width) {
    const { index, column, row, bounds, region, level = -1, notes } = patches[i]!
    numbers[at] = index
    numbers[at + 1] = column
    numbers[at + 2] = row
    for (let k = 0; k < 4; k++) numbers[at + 3 + k] = bounds[k]!
    numbers[at + 7] = region.x
    numbers[at + 8] = region.y
    numbers[at + 9] = region.width
    numbers[at + 10] = region.height
    numbers[at + 11] = level
    for (let n = 0; n < numeric.length; n++) numbers[at + fixed + n] = notes[numeric[n]!] as number
  }
  const others = other.map((name) => [name, patches.map(({ notes }) => notes[name])] as const)
  return { slide: patches[0]?.slide ?? '', count: patches.length, numbers, numeric, others }
}

/** Names of notes: those that are a number for every patch, and the others. */
function namesIn(patches: readonly Patch[]): { readonly numeric: readonly string[]; readonly other: readonly string[] } {
  const seen = new Map<string, number>()
  for (const { notes } of patches) {
    for (const name in notes)
      if (typeof notes[name] === 'number') seen.set(name, (seen.get(name) ?? 0) + 1)
      else seen.set(name, seen.get(name) ?? 0)
  }
  const names = [...seen.keys()]
  const isNumeric = (name: string) => seen.get(name) === patches.length
  return { numeric: names.filter(isNumeric), other: names.filter((name) => !isNumeric(name)) }
}

/** The raster index of patch i. */
export const indexIn = ({ numbers, numeric }: Addresses, i: number): number => numbers[i * (fixed + numeric.length)]!

export function patchesIn({ slide, count, numbers, numeric, others }: Addresses): Patch[] {
  const width = fixed + numeric.length
  return Array.from({ length: count }, (_, i): Patch => {
    const at = i * width
    const level = numbers[at + 11]!
    const notes: Record<string, PatchNote> = {}
    for (let n = 0; n < numeric.length; n++) notes[numeric[n]!] = numbers[at + fixed + n]!
    for (const [name, values] of others) {
      const value = values[i]
      if (value !== undefined) notes[name] = value
    }
    return {
      slide,
      index: numbers[at]!,
      column: numbers[at + 1]!,
      row: numbers[at + 2]!,
      bounds: [numbers[at + 3]!, numbers[at + 4]!, numbers[at + 5]!, numbers[at + 6]!],
      region: { x: numbers[at + 7]!, y: numbers[at + 8]!, width: numbers[at + 9]!, height: numbers[at + 10]! },
      ...(level < 0 ? {} : { level }),
      notes,
    }
  })
}
