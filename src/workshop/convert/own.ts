/** Converts weights of one's own, of an architecture that is known here, into a model's folder. */

import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from '../../core/files/make-folder.js'
import { partialOf } from '../../core/files/may-replace.js'
import type { ModelCard } from '../../core/model.js'
import { counted } from '../../core/text/counted.js'
import type { Resolution } from '../../geometry/resolution.js'
import { colorOf } from '../../models/card/palette.js'
import type { Notes } from '../own/import-form.js'
import { mayReplace } from '../own/may-replace.js'
import type { CardFacts } from './card-text.js'
import type { Layout } from './layouts.js'
import { type PublishOptions, publishModel } from './publish.js'
import { openStateDict } from './state-dict.js'
import { type ToOnnxOptions, toOnnx, usualActivation } from './to-onnx.js'
import { mustBeInOrder, namesTold, normalTold, type Settings, withConfig } from './told.js'

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

export interface Converted extends Notes {
  readonly card: ModelCard
}

export async function convertWeights(file: string, options: OwnOptions): Promise<Converted> {
  const { name } = options
  const out = path.resolve(options.out)
  const reads = [file]
  const notes: Notes = { found: [], assumed: [] }
  await mayReplace(out, options.force ?? false, reads)
  await makeFolder(path.dirname(out))
  const work = partialOf(out)
  try {
    await mkdir(work)
    const card = await publishModel(out, path.join(work, name), { ...options, reads }, (folder) => convert(file, folder, options, notes))
    return { card, ...notes }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function convert(file: string, folder: string, options: OwnOptions, notes: Notes): Promise<CardFacts> {
  const { name, classes, size, at, architecture, activation = usualActivation(classes.length) } = options
  options.onStep?.(`converting ${architecture}`)
  const weights = await openStateDict(file)
  try {
    const settings = await withConfig(file, weights.settings)
    mustBeInOrder(file, classes, settings)
    const told = namesTold(file, architecture, settings)
    if (told.length > 0) notes.found.push(`the file calls its network ${told.join(', ')}`)
    if (weights.leftOut.length > 0) notes.found.push(`of its training, and left out: ${some(weights.leftOut)}`)
    const [body, head] = weights.parts ?? []
    if (weights.parts)
      notes.assumed.push(
        `'${head}' is the linear layer behind the pooled maps of '${body}': tensors do not show what else stands between them`,
      )
    const converted = await toOnnx(weights, { ...options, activation, classes: classes.length })
    notes.assumed.push(...assumedOf(options, converted.layout, settings))
    await writeFile(path.join(folder, 'model.onnx'), converted.bytes, { flush: true })
    return {
      name,
      about: `${architecture} with ${counted(classes.length, 'class', 'classes')}, converted from ${path.basename(file)}.`,
      source: path.basename(file),
      size,
      ...(at === undefined ? {} : { at }),
      classes: classes.map((one, i) => ({ name: one, color: colorOf(i) })),
      activation,
      sha256: createHash('sha256').update(converted.bytes).digest('hex'),
      ...(options.logits ? { logits: classes.length } : {}),
      ...(options.features ? { features: converted.features } : {}),
      facts: { architecture, parameters: converted.parameters, weights_format: weights.format },
    }
  } finally {
    await weights.close()
  }
}

/** What nobody said, each with the option that says otherwise. */
function assumedOf(options: OwnOptions, layout: Layout, settings: Settings): string[] {
  const { architecture, mean, std, at, activation, classes, finalRelu } = options
  const said = normalTold(settings)
  const usual = usualActivation(classes.length)
  return [
    ...(layout === 'tiatoolbox'
      ? []
      : [
          `it is the ${architecture} of torchvision: tensors do not show the kind of pooling, activations and where it strides, and networks that differ there (${twinOf(architecture)}) have the same ones`,
        ]),
    ...(architecture.startsWith('densenet') && layout !== 'tiatoolbox' && finalRelu === undefined
      ? ['a ReLU stands before its pooling, as in torchvision and timm (--final-relu no otherwise)']
      : []),
    ...(mean || std
      ? []
      : [
          `pixels are 0 to 1, no mean is taken away and nothing divided by a deviation (${said ?? '--mean, --std'}${said ? ', says config.json' : ''})`,
        ]),
    ...(activation === undefined
      ? [`${usual} makes probabilities of its answers (--activation ${usual === 'softmax' ? 'sigmoid' : 'none'} otherwise)`]
      : []),
    ...(at === undefined ? ['it may look at any resolution (--at 0.5mpp says which one it was trained on)'] : []),
  ]
}

/** Some that are had: of timm, or as others train them. */
function twinOf(architecture: string): string {
  if (/^resnet(18|50)$/.test(architecture)) return `timm's resnetblur${architecture.slice(6)}, dilated ones, Caffe's`
  return architecture.startsWith('mobilenet') ? "TensorFlow's paddings" : 'blurred, dilated, with another activation'
}

const some = (names: readonly string[]) => `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`
