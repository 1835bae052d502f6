/** Colours of pictures: those of classes from the card, and viridis for numbers, in which equal steps look equal. */

export type Rgb = readonly [number, number, number]

/** `#rrggbb` as three bytes. */
export function rgbOf(color: string): Rgb {
  const n = Number.parseInt(color.slice(1), 16)
  return [n >> 16, (n >> 8) & 255, n & 255]
}

/** What `alpha` of a colour makes of what lies below it. */
const mixed = (color: Rgb, below: Rgb, alpha: number): Rgb => [0, 1, 2].map((c) => mix(color[c]!, below[c]!, alpha)) as unknown as Rgb

export const mix = (color: number, below: number, alpha: number): number => Math.round(alpha * color + (1 - alpha) * below)

const glass: Rgb = [255, 255, 255]

/** A colour as a picture shows it where nothing but glass lies below: what a legend has to show. */
export const overGlass = (color: Rgb, alpha: number): string => hexOf(mixed(color, glass, alpha))

export const hexOf = (rgb: Rgb): string => `#${rgb.map((v) => v.toString(16).padStart(2, '0')).join('')}`

/** Ten evenly spaced colours of matplotlib's viridis (CC0); between them lines are straight to within two grey levels. */
const viridisStops = ['#440154', '#482878', '#3e4989', '#31688e', '#26828e', '#1f9e89', '#35b779', '#6ece58', '#b5de2b', '#fde725'].map(
  rgbOf,
)

/** The colour of a share, 0 (dark violet) to 1 (yellow). */
export function viridis(share: number): Rgb {
  const place = Math.min(1, Math.max(0, share)) * (viridisStops.length - 1)
  const i = Math.min(viridisStops.length - 2, Math.floor(place))
  const [a, b] = [viridisStops[i]!, viridisStops[i + 1]!]
  const mix = (c: 0 | 1 | 2) => Math.round(a[c] + (b[c] - a[c]) * (place - i))
  return [mix(0), mix(1), mix(2)]
}

export const viridisTable: readonly Rgb[] = Array.from({ length: 256 }, (_, i) => viridis(i / 255))
