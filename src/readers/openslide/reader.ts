/** OpenSlide alone, as a reader: for a second opinion about slides that tiastream reads itself. */

import type { Reader } from '../format.js'

/** It knows every file, and refuses what OpenSlide does not know. */
export const openSlideReader: Reader = {
  name: 'openslide',
  is: () => true,
  load: async () => (await import('./open.js')).code,
}
