/** Areas and shares in words, the same in pictures, pages and the viewer. */

import { threeDigits } from '../../geometry/round.js'

/** mm² for people: three digits that count. */
export const areaText = (mm2: number): string => `${mm2 >= 100 ? Math.round(mm2).toLocaleString('en') : String(threeDigits(mm2))} mm²`

/** 0 to 1 in per cent: what is there is never said to be nothing, nor what is not all to be all. */
export function shareText(share: number): string {
  const percent = Math.round(share * 1000) / 10
  if (share > 0 && percent === 0) return '<0.1 %'
  if (share < 1 && percent === 100) return '>99.9 %'
  return `${percent} %`
}
