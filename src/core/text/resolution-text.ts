/** A resolution as a person writes it. Apart from the options, whose zod the threads do not load. */

import type { Resolution, Units } from '../../geometry/resolution.js'

const resolutionPattern = /^\s*(?:(\d+(?:\.\d+)?)\s*(mpp|[uµμ]m\/px|power|x|×|baseline)|level\s+(\d+(?:\.\d+)?)|(baseline))\s*$/i

/** Reads `0.5 mpp`, `20 power` (or `20x`), `level 1`, `baseline` (or `0.5 baseline`); null when it is none. */
export function parseResolution(written: string): Resolution | null {
  const found = resolutionPattern.exec(written)
  if (!found) return null
  if (found[3] !== undefined) return { value: Number(found[3]), units: 'level' }
  if (found[4] !== undefined) return { value: 1, units: 'baseline' }
  const value = Number(found[1])
  return value > 0 ? { value, units: unitOf(found[2]!.toLowerCase()) } : null
}

function unitOf(written: string): Units {
  if (written === 'power' || written === 'baseline') return written
  return written === 'x' || written === '×' ? 'power' : 'mpp'
}

/** The way a person would write it: the inverse of `parseResolution`. */
export function formatResolution({ value, units }: Resolution): string {
  return units === 'level' ? `level ${value}` : `${value} ${units}`
}
