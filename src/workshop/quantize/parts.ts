/**
 * Which pictures do what: half are for the ranges, a quarter to choose how ranges are made, a quarter for the report. Where they come from
 * several slides or pictures, those of the report are of slides that nothing else has seen: neighbours on one slide look too much alike.
 */

/** A picture (RGB bytes of the model's size) and the slide or file it was cut from. */
export interface Sample {
  readonly data: Uint8Array
  readonly origin: string
}

export interface Parts {
  readonly ranges: readonly Uint8Array[]
  readonly choose: readonly Uint8Array[]
  readonly check: readonly Uint8Array[]
  /** How many slides or files the report's pictures come from alone; null: they share them with the others. */
  readonly apart: number | null
}

/** With fewer, what is kept for the report would be missing from the ranges. */
const fewestOrigins = 4

/** `samples` come in an order that has nothing to do with what they show. `others`: pictures that were given for the report alone. */
export function partsOf(samples: readonly Sample[], others: readonly Uint8Array[] | null = null): Parts {
  const aside = others ? new Set<string>() : keptApart(samples)
  const rest = samples.filter(({ origin }) => !aside.has(origin)).map(({ data }) => data)
  if (aside.size > 0 || others) {
    const most = Math.ceil((rest.length * 2) / 3)
    const check = others ?? samples.filter(({ origin }) => aside.has(origin)).map(({ data }) => data)
    return { ranges: rest.slice(0, most), choose: rest.slice(most), check, apart: others ? null : aside.size }
  }
  const half = Math.floor(rest.length / 2)
  const more = half + Math.floor(rest.length / 4)
  return { ranges: rest.slice(0, half), choose: rest.slice(half, more), check: rest.slice(more), apart: null }
}

/** Whole slides or files with a quarter of the pictures; none where there are few, or where each gave one picture only. */
function keptApart(samples: readonly Sample[]): ReadonlySet<string> {
  const counts = new Map<string, number>()
  for (const { origin } of samples) counts.set(origin, (counts.get(origin) ?? 0) + 1)
  const aside = new Set<string>()
  if (counts.size < fewestOrigins || counts.size === samples.length) return aside
  let kept = 0
  for (const [origin, count] of counts) {
    if (kept >= Math.floor(samples.length / 4)) break
    // A slide that has most of the pictures is needed for the ranges.
    if (kept + count > samples.length / 2) continue
    aside.add(origin)
    kept += count
  }
  return aside
}
