/** Rectangles and sizes. Inside tiastream every region is in level-0 (baseline) pixels, origin top-left, y down; it may be fractional. */

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Region extends Size {
  readonly x: number
  readonly y: number
}

/** The region of the given size around the same centre. */
export function centred(region: Region, size: Size): Region {
  return { x: region.x + (region.width - size.width) / 2, y: region.y + (region.height - size.height) / 2, ...size }
}
