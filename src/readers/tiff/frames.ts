/** Frames without a directory: ImageJ (beyond 4 GB) and tifffile write one directory and many pictures after it, told in its description only. */

import { SlideError } from '../../core/errors.js'
import type { Page } from './page.js'
import { tags } from './tags.js'

/** Refuses a file whose first page is said to be the first of more pictures than have a page, where the file has the bytes for them. */
export function refuseHiddenFrames(pages: readonly Page[], uri: string, size: number): void {
  const first = pages[0]!
  const frames = framesOf(first)
  const seen = pages.filter(({ width, height }) => width === first.width && height === first.height).length
  // Other programs keep the description of what they cut out or compressed: it is believed only where the frames can be there.
  const stored = (first.directory.number(tags.Compression) ?? 1) === 1
  if (frames <= seen || !stored || frames * first.width * first.height * first.samples > size) return
  throw new SlideError(
    'SLIDE_UNSUPPORTED',
    `${uri} is a stack of ${frames} pictures, of which ${seen} ${seen === 1 ? 'has' : 'have'} a page`,
    {
      hint: 'extract the picture to be read into a file of its own',
    },
  )
}

function framesOf({ description, width, height, samples }: Page): number {
  if (description.startsWith('ImageJ=')) return Number(/^images=(\d+)\s*$/m.exec(description)?.[1] ?? 1)
  const shape = /^\{"shape": \[([\d, ]+)\]/.exec(description)?.[1]?.split(',').map(Number) ?? []
  const own = [
    [height, width, samples],
    [height, width],
  ].find((end) => shape.slice(-end.length).join() === end.join())
  return own === undefined ? 1 : shape.reduce((all, n) => all * n, 1) / (width * height * samples)
}
