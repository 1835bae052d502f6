/** Converts weights of one's own, of an architecture that is known here, into a model's folder. */

import { createHash } from 'node:crypto'
import { stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import type { Resolution } from '../../geometry/resolution.js'
import { colorOf } from '../palette.js'
import { type PublishOptions, publishModel } from './publish.js'
import { openStateDict } from './state-dict.js'
import { type ToOnnxOptions, toOnnx } from './to-onnx.js'

export interface OwnOptions extends PublishOptions, Omit<ToOnnxOptions, 'classes' | 'name'> {
  readonly name: string
  /** Folder to make; what is there already is replaced only with `force`. */
  readonly out: string
  readonly force?: boolean
  /** In the order of the head. */
  readonly classes: readonly string[]
  /** Pixels of a patch, at this resolution. */
  readonly size: number
  readonly at?: Resolution
}

export async function convertWeights(file: string, options: OwnOptions): Promise<ModelCard> {
  const { name, classes, size, at, architecture } = options
  const out = path.resolve(options.out)
  if (!options.force && (await stat(out).catch(() => null))) {
    throw new ModelError('MODEL_EXISTS', `${out} is there already`, { hint: 'name another folder, or say --force to replace it' })
  }
  const aside = path.join(path.dirname(out), `.${path.basename(out)}`)
  return await publishModel(out, aside, options, async (folder) => {
    options.onStep?.(`converting ${architecture}`)
    const weights = await openStateDict(file)
    try {
      const converted = await toOnnx(weights, { ...options, classes: classes.length })
      await writeFile(path.join(folder, 'model.onnx'), converted.bytes, { flush: true })
      return {
        name,
        about: `${architecture} with ${classes.length} classes, converted from ${path.basename(file)}.`,
        source: path.basename(file),
        size,
        ...(at === undefined ? {} : { at }),
        classes: classes.map((one, i) => ({ name: one, color: colorOf(i) })),
        sha256: createHash('sha256').update(converted.bytes).digest('hex'),
        ...(options.logits ? { logits: classes.length } : {}),
        ...(options.features ? { features: converted.features } : {}),
        facts: { architecture, parameters: converted.parameters, weights_format: weights.format },
      }
    } finally {
      await weights.close()
    }
  })
}
