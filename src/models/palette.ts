/**
 * Colours for classes that name none. The first seven are Okabe and Ito's, told apart by people with any colour vision; then
 * grey and darker ones of Paul Tol's; after twelve the hue walks on by the golden angle, as evenly as any rule can.
 */

const named = [
  '#e69f00',
  '#56b4e9',
  '#009e73',
  '#f0e442',
  '#0072b2',
  '#d55e00',
  '#cc79a7',
  '#999999',
  '#332288',
  '#882255',
  '#117733',
  '#ddcc77',
]

/** The colour of class `index`, `#rrggbb`. */
export function colorOf(index: number): string {
  return named[index] ?? fromHue((index * 137.508) % 360)
}

/** Medium saturation and lightness (0.5, 0.55), written out from the definition of HSL. */
function fromHue(hue: number): string {
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12
    return Math.round(255 * (0.55 - 0.5 * 0.45 * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return `#${[0, 8, 4].map((n) => channel(n).toString(16).padStart(2, '0')).join('')}`
}
