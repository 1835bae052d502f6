/** A slide may be many files. What a wide pattern (`slides/**`) finds of one is that slide, once. */

/** What lies in the folder of an MRXS slide is its own; what lies in `.zarr` is that folder, unless the patterns themselves name what lies in it. */
export function wholeSlides(files: readonly string[], patterns: readonly string[]): readonly string[] {
  const owned = new Set(files.filter((file) => /\.mrxs$/i.test(file)).map((file) => file.slice(0, -'.mrxs'.length)))
  const isNamed = patterns.some((pattern) => /\.zarr[\\/]+[^\\/]/i.test(pattern))
  const found = files.flatMap((file) => {
    if (owned.size > 0 && foldersOf(file).some((folder) => owned.has(folder))) return []
    const zarr = isNamed ? null : /^[^?]*?\.zarr(?=[\\/])/is.exec(file)
    return zarr === null ? [file] : [zarr[0]]
  })
  return [...new Set(found)]
}

function foldersOf(file: string): string[] {
  const ends = [...file.matchAll(/[\\/]/g)].map(({ index }) => index)
  return ends.map((end) => file.slice(0, end))
}
