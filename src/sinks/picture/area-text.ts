/** Areas in words, the same in pictures and pages. */

/** mm² for people: three digits that count. */
export const areaText = (mm2: number): string =>
  `${mm2 >= 100 ? Math.round(mm2).toLocaleString('en') : String(Number(mm2.toPrecision(3)))} mm²`
