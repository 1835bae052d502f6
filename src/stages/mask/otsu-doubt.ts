/** What a person should know of an overview that Otsu's threshold parts: it knows of two greys, and neither of glass nor of black borders. */

/** Tissue, ink and folds are lighter; what was not scanned, or is no brightfield, is not. */
const black = 16
/** Of the overview: less is a speck. */
const muchBlack = 0.01
/** Of what is darker than the threshold: less moves it little. */
const mostlyBlack = 0.1
/** Means of glass in slides of many scanners are 190 to 255; of the paler half of tissue, 130 to 180. */
const leastGlass = 170

/** Greys below that of most of the glass that are glass still: dust, and the edge of what it shows. */
const ofGlass = 40
/** Between tissue and glass, of what is darker than the threshold: pale tissue of sound slides is at most 0.6, what ink leaves out 0.8 and more. */
const muchBetween = 0.75
/** Of the overview. */
const someDark = 0.002

const share = (part: number, whole: number): string => `${Math.round((part / whole) * 100)} %`

/** `counts`: the histogram of grey values. */
export function otsuDoubts(counts: Float64Array, threshold: number): readonly string[] {
  let [all, dark, blacks, light] = [0, 0, 0, 0]
  for (const [grey, n] of counts.entries()) {
    all += n
    if (grey < threshold) dark += n
    else light += n * grey
    if (grey < black) blacks += n
  }
  if (blacks > all * muchBlack && blacks > dark * mostlyBlack)
    return [
      `${share(blacks, all)} of the slide is black (a border, what was not scanned, ink, or no brightfield): otsu parts dark from light, here at grey ${threshold}, and takes black for tissue; mask.file or mask.model can tell`,
    ]
  const mean = light / (all - dark)
  if (mean < leastGlass)
    return [
      `what otsu takes for glass is of grey ${Math.round(mean)} in the mean, and glass is nearly white: it may part tissue from tissue (mask: { method: none } keeps all patches)`,
    ]
  let glass = threshold
  for (let grey = glass; grey < counts.length; grey++) if (counts[grey]! > counts[glass]!) glass = grey
  let between = 0
  for (let grey = Math.floor(threshold) + 1; grey < glass - ofGlass; grey++) between += counts[grey]!
  return dark > all * someDark && between > dark * muchBetween
    ? [
        `${share(between, all)} of the slide is lighter than otsu's threshold of grey ${threshold} and a good deal darker than its glass of ${glass}, nearly as much as is taken for tissue (${share(dark, all)}), or more: something very dark (ink, a label, a fold) may have been parted from the tissue; mask.file or mask.model can tell`,
      ]
    : []
}
