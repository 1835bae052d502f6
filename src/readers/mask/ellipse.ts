/** An ellipse as an outline of so many points that a pixel of a slide hardly sees it. */

const points = 256

/** The one that touches all four sides of a box: left, top, right, bottom. */
export const ellipseIn = ([left, top, right, bottom]: readonly [number, number, number, number]): (readonly [number, number])[] =>
  Array.from({ length: points }, (_, i) => {
    const angle = (2 * Math.PI * i) / points
    return [(left + right + (right - left) * Math.cos(angle)) / 2, (top + bottom + (bottom - top) * Math.sin(angle)) / 2] as const
  })
