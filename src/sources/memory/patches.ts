/** Patches that a program has, as a set. */

import { shown } from '../../core/argument.js'
import { PipelineError } from '../../core/errors.js'
import type { Column } from '../../core/row.js'
import type { SlideRef } from '../../core/slide.js'
import type { SourceSpec } from '../../core/source.js'
import { counted } from '../../core/text/counted.js'
import type { Size } from '../../geometry/region.js'
import { isRgbBytes, mustBeId, mustBeSize, mustFit, type RgbBytes, shared } from './pixels.js'

export interface PatchesOptions extends Size {
  /** One for each patch: the column `label` of the rows. */
  readonly labels?: readonly string[] | undefined
  /** Name of the set, and so of its table; `patches` unless given. */
  readonly set?: string | undefined
}

const label: Column = { name: 'label', type: 'category', nullable: true, about: 'The label that was given with the patch.' }

/** The source `patches`, fed by the program. */
export function memoryPatches(pictures: readonly RgbBytes[] | RgbBytes, options: PatchesOptions): SourceSpec & { readonly kind: 'set' } {
  mustBeSize('patchesOf', options)
  const { width, height, labels, set = 'patches' } = options
  mustBeId('patchesOf', set)
  const all = isRgbBytes(pictures) ? apart(pictures, options) : pictures
  if (!Array.isArray(all))
    throw new PipelineError('OPTION_INVALID', 'patchesOf is given neither a list of patches nor one array of bytes', {
      hint: 'give a Uint8Array of RGB pixels for each patch, or one of all patches side by side',
    })
  if (all.length === 0) throw new PipelineError('NO_SLIDES', 'patchesOf is given no patch')
  for (const [i, picture] of all.entries()) mustFit(`patchesOf: patch ${i}`, picture, options)
  if (labels !== undefined && !Array.isArray(labels))
    throw new PipelineError('OPTION_INVALID', `patchesOf: labels is ${shown(labels)}, no list`, { hint: 'give a label for each patch' })
  if (labels && labels.length !== all.length) {
    throw new PipelineError(
      'OPTION_INVALID',
      `patchesOf: there are ${counted(all.length, 'patch', 'patches')} and ${counted(labels.length, 'label')}`,
      {
        hint: 'give a label for each patch',
      },
    )
  }
  const odd = labels?.findIndex((one) => typeof one !== 'string') ?? -1
  if (odd >= 0)
    throw new PipelineError('OPTION_INVALID', `patchesOf: the label of patch ${odd} is ${shown(labels![odd])}`, {
      hint: 'labels are text',
    })
  const images = all.map((_, i) => ({ uri: `memory:${i}`, ...(labels ? { label: labels[i]! } : {}) }))
  const pixels = shared(all, { width, height: height * all.length })
  const ref: SlideRef = { kind: 'set', id: set, uri: `memory:${set}`, carried: {}, images, pixels }
  return {
    name: 'patches',
    kind: 'set',
    summary: 'Patches that the program gave.',
    examples: [],
    options: {},
    holds: pixels.data.length,
    load: async () => ({
      columns: async () => (labels ? [label] : []),
      async *default() {
        yield ref
      },
    }),
  }
}

/** Patches side by side in one array: N × height × width × 3. */
function apart(together: RgbBytes, { width, height }: Size): readonly RgbBytes[] {
  const bytes = width * height * 3
  if (together.length % bytes !== 0)
    mustFit('patchesOf: what is left of the array behind its last patch', together.subarray(together.length - (together.length % bytes)), {
      width,
      height,
    })
  return Array.from({ length: together.length / bytes }, (_, i) => together.subarray(i * bytes, (i + 1) * bytes))
}
