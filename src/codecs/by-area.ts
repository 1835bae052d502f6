/** A picture that was decoded whole, made smaller: where its decoder cannot do it. */

import { resize } from '../geometry/resample.js'
import { type Picture, type Shrink, shrunk } from './types.js'

export function shrunkByArea(picture: Picture, shrink: Shrink): Picture {
  if (shrink === 1) return picture
  const size = { width: shrunk(picture.width, shrink), height: shrunk(picture.height, shrink) }
  const data = new Uint8Array(size.width * size.height * picture.channels)
  resize(picture.data, picture, data, size, 'area', picture.channels)
  return { ...size, channels: picture.channels, data }
}
