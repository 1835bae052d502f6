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

/** What two regions share; empty (no width or no height, at a corner of one of them) when they share nothing. */
export function intersection(a: Region, b: Region): Region {
  const x = Math.max(a.x, b.x)
  const y = Math.max(a.y, b.y)
  return {
    x,
    y,
    width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - x),
    height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - y),
  }
}
