/** Scale, mean, std and table of an input: what they are, and what does not go with what the graph takes. */

import type { ModelInput } from '../../core/model.js'
import { fourDigits } from '../../geometry/round.js'
import type { InputForm } from './card-form.js'

export const preprocessing = (form: InputForm, dtype: ModelInput['dtype']) => ({
  channels: form.channels,
  dtype,
  scale: form.scale ?? 1,
  mean: (form.mean as [number, number, number] | undefined) ?? ([0, 0, 0] as const),
  std: (form.std as [number, number, number] | undefined) ?? ([1, 1, 1] as const),
  ...(form.at === undefined ? {} : { at: form.at }),
})

export function numberProblems(form: InputForm, dtype: string, lookup: Uint8Array | undefined): string[] {
  const problems: string[] = []
  const written = (['scale', 'mean', 'std'] as const).filter((name) => form[name] !== undefined)
  if (dtype === 'uint8' && written.length > 0) problems.push(`${written[0]}: a graph that takes bytes is given the bytes; leave it out`)
  if (dtype !== 'uint8' && form.scale === undefined)
    problems.push('scale: is required when the graph takes floats: 1/255, or 1 for 0 to 255')
  const positive = form.std?.every((v) => v > 0) ?? true
  if (!positive) problems.push('std: must be more than 0')
  if (positive && dtype !== 'uint8' && form.scale !== undefined) problems.push(...unitProblems(form.scale, form.mean, form.std))
  problems.push(...orderProblems(form))
  if (lookup && lookup.length !== 768) problems.push(`lookup: holds ${lookup.length} bytes, not 3 × 256`)
  if (lookup && dtype !== 'uint8') problems.push('lookup: is only for a graph that takes bytes')
  return problems
}

/** A grey level at most. */
const white = 255

/** Networks are given 0 to 1, to 255, to 65535 (by 256 or 257), or a few deviations: the least and the most that is left of white, and the sixteen bits. */
const [least, most, sixteen] = [0.1, 300, [65_200, 65_600]] as const

/** Numbers of other units than the pixels they are taken from: every picture would be all but one colour, or beyond all that the network has seen. */
function unitProblems(scale: number, mean: InputForm['mean'], std: InputForm['std']): string[] {
  return meanProblems(scale, mean, std) ?? spreadProblems(scale, std)
}

function meanProblems(scale: number, mean: InputForm['mean'], std: InputForm['std']): string[] | null {
  if (!mean) return null
  const top = white * scale
  const given = `${mean.join(', ')}`
  const range = `pixels × scale are 0 to ${fourDigits(top)}`
  // What a division by 255 leaves of 1 is no exact number.
  if (mean.some((value) => value > top * 1.0001)) {
    const meant = Math.max(...mean) > 1 && top < white ? ', and of 0 to 255 the mean: write scale: 1, or divide mean and std by 255' : ''
    return [`mean: ${given} is more than any pixel, ${range}${meant}`]
  }
  const isOfShares = mean.some((value) => value > 0) && mean.every((value) => value >= 0 && value <= 1)
  if (top > white / 2 && isOfShares && std?.every((value) => value <= 1) && std.some((value) => value < 1))
    return [`mean: ${given} with std ${std.join(', ')} is of pixels of 0 to 1, and ${range}: write scale: 1/255`]
  return null
}

function spreadProblems(scale: number, std: InputForm['std']): string[] {
  for (const value of std ?? [1]) {
    const spread = (white * scale) / value
    const by = std ? ` ÷ std ${std.join(', ')}` : ''
    if (spread < least)
      return [
        `${std ? 'std' : 'scale'}: pixels × scale${by} are 0 to ${fourDigits(spread)}, all but one colour: ${std ? 'write scale: 1 for a std of 0 to 255' : 'write 1/255, or 1 for 0 to 255'}`,
      ]
    if (spread > most && (spread < sixteen[0] || spread > sixteen[1]))
      return [`scale: pixels × scale${by} are 0 to ${fourDigits(spread)}, more than any network is given: write 1/255, or 1 for 0 to 255`]
  }
  return []
}

/** ImageNet's mean, of which red is the greatest: 0.485, 0.456, 0.406, or 123.7, 116.3, 103.5. */
const imagenetReds = [
  [0.478, 0.486],
  [122, 124.5],
] as const

/** A mean with blue first, as it stands beside a network that takes BGR. */
function orderProblems({ mean, std, channels }: InputForm): string[] {
  const [a = 0, b = 0, c = 0] = mean ?? []
  const reversed = imagenetReds.some(([low, high]) => c >= low && c <= high) && a / c > 0.83 && a / c < 0.86 && b / c > 0.93 && b / c < 0.96
  if (!reversed) return []
  const right = `${std ? 'write both' : 'write it'} the other way round: ${c}, ${b}, ${a}`
  const order = channels === 'BGR' ? ' (channels: BGR exchanges them afterwards)' : ''
  return [`mean: ${mean!.join(', ')} is ImageNet's with blue first, and red comes first here${order}: ${right}`]
}
