/** Classes of annotations that may be told by their colours. Pure. */

import { type Drawing, namesAsked } from '../../geometry/polygons.js'

/** Its name; its colour (`#ff0000`) where it has none, or where the colour is asked for. */
export function nameOrColour(name: string | undefined, colour: string | undefined, { asked }: Drawing): string | undefined {
  const byColour = namesAsked(asked).find((one) => one.toLowerCase() === colour)
  return byColour ?? (name || colour || undefined)
}

/** Of ImageScope and HALO: a number whose lowest byte is red. */
export function colourOf(number: string | undefined): string | undefined {
  if (number === undefined || !/^\d{1,8}$/.test(number) || Number(number) > 0xff_ffff) return undefined
  const bytes = Buffer.alloc(3)
  bytes.writeUIntLE(Number(number), 0, 3)
  return `#${bytes.toString('hex')}`
}
