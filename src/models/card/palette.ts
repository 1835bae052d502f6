/**
 * Colours for classes that name none. They lie over slides stained with hematoxylin and eosin, so none is a pink, a purple, a
 * grey or a pale one: each is far from every tone of the stain and from glass, alone and at half its strength (a test measures
 * both in CIE Lab). The first are also told apart by people with any colour vision, as far as that leaves a choice (four are
 * Okabe and Ito's); after twelve the hue walks on from red to cyan by the golden ratio, in three steps of lightness.
 */

const named = [
  '#e69f00',
  '#0057ff',
  '#009e73',
  '#f0e442',
  '#d55e00',
  '#00d5ff',
  '#663300',
  '#7fff00',
  '#000000',
  '#00665e',
  '#ff0000',
  '#8c8c00',
]

/** The colour of class `index`, `#rrggbb`. */
export function colorOf(index: number): string {
  return named[index] ?? fromHsl(15 + ((index * 0.618034) % 1) * 170, lightness[index % lightness.length]!)
}

const lightness = [0.3, 0.42, 0.55]

/** Full saturation, written out from the definition of HSL. */
function fromHsl(hue: number, light: number): string {
  const reach = Math.min(light, 1 - light)
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12
    return Math.round(255 * (light - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return `#${[0, 8, 4].map((n) => channel(n).toString(16).padStart(2, '0')).join('')}`
}
