/** Whether a picture can be read as it is asked for. */

import { Bug, SlideError } from '../core/errors.js'
import type { Level, ReadRequest } from '../core/slide.js'

/** Throws Bug, and SlideError SLIDE_NO_LEVEL. */
export function mustBeReadable(request: ReadRequest, out: Uint8Array | undefined, levels: readonly Level[], uri: string): void {
  const { region, width, height, level } = request
  const isRegion = [region.x, region.y, region.width, region.height].every(Number.isFinite) && region.width > 0 && region.height > 0
  if (!isRegion || !(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new Bug(`a picture of ${width} x ${height} for region ${JSON.stringify(region)} was asked`)
  }
  if (level !== undefined && levels[level] === undefined) {
    throw new SlideError('SLIDE_NO_LEVEL', `${uri} has ${levels.length} levels, level ${level} was asked`)
  }
  if (out === undefined || out.length < width * height * 3) {
    throw new Bug(`a picture of ${width} x ${height} was asked into ${out?.length ?? 0} bytes`)
  }
}
