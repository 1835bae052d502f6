/** Picture i of a set lies in the set's one tall column of pictures, from row i × height on. */

import { withoutSecrets } from '../../core/address.js'
import { pathsFrom } from '../../core/picture-path.js'
import type { Stage } from '../../core/stage.js'
import { withTurns } from '../../flow/turn.js'

/** What a patch costs before it is read, in bytes copied. */
const workOfPatch = 4096

export default (): Stage<'slide', 'patch'> =>
  async function* (slides, { signal, tell }) {
    for await (const { ref, info } of slides) {
      const images = ref.images ?? []
      tell({ type: 'count', name: 'grid.patches', by: images.length })
      const fileOf = ref.root === undefined ? withoutSecrets : pathsFrom(ref.root)
      const { width } = info
      const height = images.length === 0 ? 0 : info.height / images.length
      for await (const [index, { uri, label, carried }] of withTurns(images.entries(), workOfPatch, signal)) {
        yield {
          slide: ref.id,
          index,
          column: 0,
          row: index,
          bounds: [0, 0, width, height],
          region: { x: 0, y: index * height, width, height },
          level: 0,
          notes: { file: fileOf(uri), ...(label === undefined ? {} : { label }), ...carried },
        }
      }
    }
  }
