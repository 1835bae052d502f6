/** Scale, mean, std and table of an input: what does not go with what the graph takes. */

import type { InputForm } from './card-form.js'

export function numberProblems(form: InputForm, dtype: string, lookup: Uint8Array | undefined): string[] {
  const problems: string[] = []
  const written = (['scale', 'mean', 'std'] as const).filter((name) => form[name] !== undefined)
  if (dtype === 'uint8' && written.length > 0) problems.push(`${written[0]}: a graph that takes bytes is given the bytes; leave it out`)
  if (dtype !== 'uint8' && form.scale === undefined)
    problems.push('scale: is required when the graph takes floats: 1/255, or 1 for 0 to 255')
  if (form.std?.some((v) => v <= 0)) problems.push('std: must be more than 0')
  if (lookup && lookup.length !== 768) problems.push(`lookup: holds ${lookup.length} bytes, not 3 × 256`)
  if (lookup && dtype !== 'uint8') problems.push('lookup: is only for a graph that takes bytes')
  return problems
}
