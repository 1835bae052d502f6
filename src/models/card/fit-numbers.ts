/** Scale, mean, std and table of an input: what does not go with what the graph takes. */

import type { InputForm } from './card-form.js'

export function numberProblems(form: InputForm, dtype: string, lookup: Uint8Array | undefined): string[] {
  const problems: string[] = []
  const written = (['scale', 'mean', 'std'] as const).filter((name) => form[name] !== undefined)
  if (dtype === 'uint8' && written.length > 0) problems.push(`${written[0]}: a graph that takes bytes is given the bytes; leave it out`)
  if (dtype !== 'uint8' && form.scale === undefined)
    problems.push('scale: is required when the graph takes floats: 1/255, or 1 for 0 to 255')
  if (dtype !== 'uint8' && form.scale !== undefined) problems.push(...unitProblems(form.scale, form.mean, form.std))
  if (form.std?.some((v) => v <= 0)) problems.push('std: must be more than 0')
  if (lookup && lookup.length !== 768) problems.push(`lookup: holds ${lookup.length} bytes, not 3 × 256`)
  if (lookup && dtype !== 'uint8') problems.push('lookup: is only for a graph that takes bytes')
  return problems
}

/** A grey level at most. */
const white = 255

/** A mean of other units than the pixels that it is taken from: every picture would be all but one colour, or beyond all that the network has seen. */
function unitProblems(scale: number, mean: InputForm['mean'], std: InputForm['std']): string[] {
  if (!mean) return []
  const most = white * scale
  const given = `${mean.join(', ')}`
  const range = `pixels × scale are 0 to ${Number(most.toPrecision(4))}`
  // What a division by 255 leaves of 1 is no exact number.
  if (mean.some((value) => value > most * 1.0001)) {
    const meant = Math.max(...mean) > 1 && most < white ? ', and of 0 to 255 the mean: write scale: 1, or divide mean and std by 255' : ''
    return [`mean: ${given} is more than any pixel, ${range}${meant}`]
  }
  const isOfShares = mean.some((value) => value > 0) && mean.every((value) => value >= 0 && value <= 1)
  if (most > white / 2 && isOfShares && std?.every((value) => value <= 1) && std.some((value) => value < 1))
    return [`mean: ${given} with std ${std.join(', ')} is of pixels of 0 to 1, and ${range}: write scale: 1/255`]
  return []
}
