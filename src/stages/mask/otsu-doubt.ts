/** What a person should know of an overview that Otsu's threshold parts: it knows of two greys, and neither of glass nor of black borders. */

/** Tissue, ink and folds are lighter; what was not scanned, or is no brightfield, is not. */
const black = 16
/** Of the overview: less is a speck. */
const muchBlack = 0.01
/** Of what is darker than the threshold: less moves it little. */
const mostlyBlack = 0.1
/** Means of glass in slides of many scanners are 190 to 255; of the paler half of tissue, 130 to 180. */
const leastGlass = 170

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
  return mean < leastGlass
    ? [
        `what otsu takes for glass is of grey ${Math.round(mean)} in the mean, and glass is nearly white: it may part tissue from tissue (mask: { method: none } keeps all patches)`,
      ]
    : []
}
