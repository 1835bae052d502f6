/** How red a patch is. Runs in the lanes, over the pixels that `extract` has read. */

import { note } from 'tiastream'

export default ({ threshold }) =>
  async function* redness(images) {
    for await (const image of images) {
      // A patch that cannot be read (`extract: { on_error: mark }`) has no pixels, and becomes a row all the same.
      const red = image.status === 'ok' ? meanRed(image.pixels[0], threshold) : null
      yield { ...image, patch: note(image.patch, { redness: red }) }
    }
  }

function meanRed(rgb, threshold) {
  let sum = 0
  let count = 0
  for (let i = 0; i < rgb.length; i += 3) {
    if (rgb[i] < threshold) continue
    sum += rgb[i]
    count++
  }
  return count === 0 ? null : sum / count
}
