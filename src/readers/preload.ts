/** Loads the code that most slides of a kind need, before there is one to open. */

import { loadJpeg } from '../codecs/load.js'
import type { DecodeSpeed, SlideKind } from '../core/slide.js'

/** Never throws: what goes wrong is told when it is needed. */
export async function preload(kind: SlideKind, decode: DecodeSpeed): Promise<void> {
  await Promise.allSettled(kind === 'slide' ? [import('./tiff/open.js'), loadJpeg(decode)] : [import('./image/open.js')])
}
