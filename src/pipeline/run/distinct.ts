/** Counts a set that several threads have each seen a part of: a tile that two lanes needed is one tile. */

/** Bits set in any of the maps; a map has one array for each level. */
export function distinct(maps: readonly (readonly Uint8Array[])[]): number {
  const levels = maps.reduce((most, map) => Math.max(most, map.length), 0)
  let count = 0
  for (let level = 0; level < levels; level++) {
    const bytes = maps.reduce((most, map) => Math.max(most, map[level]?.length ?? 0), 0)
    for (let i = 0; i < bytes; i++) {
      let bits = 0
      for (const map of maps) bits |= map[level]?.[i] ?? 0
      for (; bits !== 0; bits &= bits - 1) count++
    }
  }
  return count
}
