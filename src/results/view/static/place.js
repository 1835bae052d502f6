/**
 * A place on a slide, in words and as an address: `/?slide=ID&x=X&y=Y&zoom=MAGNIFICATION`, x and y in pixels of the full size. Where
 * nobody knows the magnification of the slide, `scale` (pixels of the screen for one of the slide) stands instead of `zoom`.
 */

/** What an address asks for; null for what is not a number. */
export function placeIn(search) {
  const query = new URLSearchParams(search)
  const number = (name) => {
    const written = query.get(name)?.trim()
    return written && Number.isFinite(Number(written)) ? Number(written) : null
  }
  const positive = (name) => (number(name) > 0 ? number(name) : null)
  const wrong = ['x', 'y'].filter((name) => query.has(name) && number(name) === null)
  wrong.push(...['zoom', 'scale'].filter((name) => query.has(name) && positive(name) === null))
  return { slide: query.get('slide'), x: number('x'), y: number('y'), zoom: positive('zoom'), scale: positive('scale'), wrong }
}

export function addressOf({ id, magnification }, { x, y, scale }) {
  const query = new URLSearchParams({ slide: id, x: String(Math.round(x)), y: String(Math.round(y)) })
  const short = (value) => String(Number(value.toPrecision(4)))
  if (magnification) query.set('zoom', short(scale * magnification))
  else query.set('scale', short(scale))
  return `/?${query}`
}

/** Pixels of the screen for one of the slide; without a magnification every pixel is shown. */
export function scaleOf({ magnification }, { zoom, scale }) {
  if (zoom !== null && magnification) return zoom / magnification
  return scale ?? 1
}

/** Magnification where it is known, else how large pixels are. */
export const sayScale = ({ magnification }, scale) =>
  magnification ? `${Number((scale * magnification).toPrecision(3))}×` : `${Number((scale * 100).toPrecision(3))} % of full size`

export function sayPoint({ mpp }, { x, y }) {
  const pixels = `x ${Math.floor(x)}, y ${Math.floor(y)} px`
  return mpp ? `${pixels} · ${(x * mpp.x).toFixed(1)}, ${(y * mpp.y).toFixed(1)} µm` : pixels
}
