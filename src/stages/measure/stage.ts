/** Notes on each picture; of a patch without pixels the notes are null. With several heads the first is measured. */

import { note } from '../../core/items.js'
import type { Stage } from '../../core/stage.js'
import { measurePicture } from './picture.js'

const nothing = { brightness: null, saturation: null, sharpness: null }

export default (): Stage<'image', 'image'> =>
  async function* (images, { signal }) {
    for await (const image of images) {
      signal.throwIfAborted()
      const { patch, pixels, status, sizes } = image
      const [picture] = pixels
      const [x0, y0, x1, y1] = patch.bounds
      const { width, height } = sizes?.[0] ?? { width: x1 - x0, height: y1 - y0 }
      const measured = status === 'ok' && picture ? measurePicture(picture, width, height) : nothing
      yield { ...image, patch: note(patch, { ...measured }) }
    }
  }
