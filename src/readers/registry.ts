/** The formats we read, one line each: a reader is found by the first bytes of a file, and loaded when it is used. Those that are refused come first. */

import { refused } from './foreign.js'
import { isJpeg, isPng, isTiff, isWebp, type Reader } from './format.js'

const image = () => import('./image/open.js')

export const readers: readonly Reader[] = [
  ...refused,
  { name: 'tiff', is: isTiff, load: () => import('./tiff/open.js') },
  { name: 'png', is: isPng, load: image },
  { name: 'jpeg', is: isJpeg, load: image },
  { name: 'webp', is: isWebp, load: image },
]
