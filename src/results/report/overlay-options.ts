/** The picture of classes that an overlay sink made of a slide, and how strongly it covers the slide there. */

import * as z from 'zod'
import type { Results, SlideResult } from '../open.js'

const sinksSchema = z.array(
  z.looseObject({
    name: z.string(),
    options: z.looseObject({
      alpha: z.number().min(0).max(1).catch(0.5),
      class: z.string().optional().catch(undefined),
      model: z.string().optional().catch(undefined),
    }),
  }),
)

/** Null where none was made, or only of another model, or the probability of one class, whose colours are no legend of the classes. */
export function drawnBy({ plan }: Results, { receipt, model }: SlideResult): { readonly file: string; readonly alpha: number } | null {
  const files = receipt.files.filter(({ sink }) => sink === 'overlay')
  const read = sinksSchema.safeParse(plan?.sinks)
  const sinks = read.success ? read.data.filter(({ name }) => name === 'overlay') : []
  // Without the plan that made them (or with another one) the default is the likeliest.
  if (sinks.length !== files.length) return files[0] && model === undefined ? { file: files[0].file, alpha: 0.5 } : null
  const i = sinks.findIndex(({ options }) => options.class === undefined && options.model === model)
  return i < 0 ? null : { file: files[i]!.file, alpha: sinks[i]!.options.alpha }
}
