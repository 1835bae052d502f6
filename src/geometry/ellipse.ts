/** An ellipse as an outline of so many points that a pixel of a slide hardly sees it. */

type Point = readonly [number, number]

const points = 256

/** By its centre and its half axes, which may lie in any direction. */
export const pointsOfEllipse = ({
  centre: [x, y],
  long,
  short,
}: {
  readonly centre: Point
  readonly long: Point
  readonly short: Point
}): readonly Point[] =>
  Array.from({ length: points }, (_, i) => {
    const angle = (2 * Math.PI * i) / points
    const [one, other] = [Math.cos(angle), Math.sin(angle)]
    return [x + one * long[0] + other * short[0], y + one * long[1] + other * short[1]] as const
  })

/** The one that touches all four sides of a box: left, top, right, bottom. */
export const ellipseIn = ([left, top, right, bottom]: readonly [number, number, number, number]): readonly Point[] =>
  pointsOfEllipse({ centre: [(left + right) / 2, (top + bottom) / 2], long: [(right - left) / 2, 0], short: [0, (bottom - top) / 2] })
