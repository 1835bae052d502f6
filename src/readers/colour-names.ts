/** What writers call the channels of a picture in colour that they describe as three. Pure. */

/** Red, green and blue, in this order. */
export const areRgbNames = (names: readonly (string | undefined)[]): boolean =>
  ['r,g,b', 'red,green,blue'].includes(names.map((name) => name?.trim().toLowerCase()).join())
