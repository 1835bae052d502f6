/** Which segments of a segmentation are tissue, by their names or numbers. */

import { someOf } from '../../core/text/some-of.js'
import type { Classes } from '../../geometry/polygons.js'

export interface Chosen {
  readonly isWanted: (segment: number) => boolean
  /** What is of these is taken away from the others. */
  readonly isCut: (segment: number) => boolean
  readonly warnings: readonly string[]
}

export function chosenSegments(segments: ReadonlyMap<number, string>, asked: Classes | undefined): Chosen {
  const isNamed = (names: readonly string[]) => (segment: number) =>
    names.includes(String(segment)) || names.includes(segments.get(segment) || '?')
  const { only, not = [] } = asked ?? {}
  const isCut = isNamed(not)
  const isWanted = only === undefined ? (segment: number) => segment !== 0 && !isCut(segment) : isNamed(only)
  const all = [...segments.keys()].filter((segment) => segment !== 0)
  const names = all.map((segment) => segments.get(segment) || String(segment))
  const several = someOf(names, 5)
  return {
    isWanted,
    isCut,
    warnings: [
      ...(asked === undefined && all.length > 1
        ? [`its segments are ${several}: all of them are tissue (classes: "${names[0]}" takes one of them)`]
        : []),
      ...(only !== undefined && ![...segments.keys()].some(isWanted)
        ? [`none of its segments is ${only.join(' or ')}: they are ${several}`]
        : []),
    ],
  }
}
