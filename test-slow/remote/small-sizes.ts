/** Of uploads: so small that a small file has several parts. */
export const smallSizes = { whole: 2 ** 20, part: 5 * 2 ** 20 }
