/** Converts weights of one's own, of an architecture that is known here, into a model's folder. */

import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { counted } from '../../core/counted.js'
import { makeFolder } from '../../core/make-folder.js'
import type { ModelCard } from '../../core/model.js'
import type { Resolution } from '../../geometry/resolution.js'
import { colorOf } from '../../models/card/palette.js'
import { mayReplace } from '../own/may-replace.js'
import type { CardFacts } from './card-text.js'
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
  const { name } = options
  const out = path.resolve(options.out)
  const reads = [file]
  await mayReplace(out, options.force ?? false, reads)
  await makeFolder(path.dirname(out))
  const work = await mkdtemp(path.join(path.dirname(out), `.${path.basename(out)}.new-`))
  try {
    return await publishModel(out, path.join(work, name), { ...options, reads }, (folder) => convert(file, folder, options))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function convert(file: string, folder: string, options: OwnOptions): Promise<CardFacts> {
  const { name, classes, size, at, architecture } = options
  options.onStep?.(`converting ${architecture}`)
  const weights = await openStateDict(file)
  try {
    const converted = await toOnnx(weights, { ...options, classes: classes.length })
    await writeFile(path.join(folder, 'model.onnx'), converted.bytes, { flush: true })
    return {
      name,
      about: `${architecture} with ${counted(classes.length, 'class', 'classes')}, converted from ${path.basename(file)}.`,
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
}
