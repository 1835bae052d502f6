/** What a program says of a slide, held to its types: JavaScript has no compiler, and a Date in the place of a text would fail deep inside of a run. */

import { anObject, shown } from '../../core/argument.js'
import { PipelineError } from '../../core/errors.js'
import type { PatchNote } from '../../core/row.js'
import type { SlideRef } from '../../core/slide.js'

/** Throws PipelineError OPTION_INVALID, which names the slide and what is said of it. */
export function mustBeSaid(who: string, { mpp, power, label, mask }: Partial<SlideRef>): void {
  for (const [name, value] of Object.entries({ mpp, power })) {
    if (value === undefined || (typeof value === 'number' && value > 0 && Number.isFinite(value))) continue
    throw new PipelineError('OPTION_INVALID', `${who}: ${name} is ${shown(value)}, which is no number above 0`, {
      hint: `give a number, or leave ${name} out`,
    })
  }
  for (const [name, value] of Object.entries({ label, mask })) {
    if (value === undefined || typeof value === 'string') continue
    throw new PipelineError('OPTION_INVALID', `${who}: ${name} is ${shown(value)}, which is no text`, {
      hint: `give a text, or leave ${name} out`,
    })
  }
}

/** Values as rows take them; what is undefined is missing. Throws as above. */
export function carriedSaid(who: string, carried: Readonly<Record<string, unknown>>): Readonly<Record<string, PatchNote>> {
  if (!anObject.is(carried))
    throw new PipelineError('OPTION_INVALID', `${who}: carried is ${shown(carried)}`, { hint: 'give values by name: { case: 7 }' })
  return Object.fromEntries(
    Object.entries(carried).map(([name, value = null]) => {
      if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return [name, value as PatchNote]
      const hint = value instanceof Date ? 'give date.toISOString()' : 'give a text, a number, true, false or null'
      throw new PipelineError('OPTION_INVALID', `${who}: '${name}' is ${shown(value)}, which no row holds`, { hint })
    }),
  )
}
