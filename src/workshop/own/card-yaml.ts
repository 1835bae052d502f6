/** Writes a card as YAML: the inverse of reading it. What is as usual is left out, so that a person reads what matters. */

import type { ModelCard, ModelInput, ModelOutput, ModelTest } from '../../core/model.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import { formatYaml } from '../../models/card/yaml.js'

export interface CardExtras {
  /** One line above the card. */
  readonly comment: string
  readonly facts?: Readonly<Record<string, string | number>>
  readonly test?: ModelTest
}

/** `file` is the name of the ONNX file beside it. */
export function cardYaml(card: Omit<ModelCard, 'folder' | 'file' | 'test'>, { comment, facts, test }: CardExtras): string {
  const { name, sha256, about, licence, source, parent, inputs, outputs, batch, stride } = card
  return formatYaml(
    {
      name,
      file: 'model.onnx',
      sha256,
      ...(about === '' ? {} : { about }),
      ...defined({ licence, source, parent }),
      inputs: inputs.map(inputForm),
      outputs: outputs.map(outputForm),
      ...(batch === null ? {} : { batch }),
      ...(stride === undefined ? {} : { stride: `${stride} px` }),
      ...(facts && Object.keys(facts).length > 0 ? { facts } : {}),
      ...(test && Object.keys(test.expected).length > 0 ? { test } : {}),
    },
    comment,
  )
}

function inputForm({ name, form, width, height, at, layout, channels, dtype, scale, mean, std, lookup }: ModelInput) {
  const floats = dtype !== 'uint8'
  return {
    name,
    ...(form === undefined ? {} : { form }),
    size: width === height ? `${width} px` : [`${width} px`, `${height} px`],
    ...(at === undefined ? {} : { at: formatResolution(at) }),
    layout,
    channels,
    dtype,
    ...(floats ? { scale: scale === 1 / 255 ? '1/255' : scale } : {}),
    ...(floats && mean.some((v) => v !== 0) ? { mean } : {}),
    ...(floats && std.some((v) => v !== 1) ? { std } : {}),
    ...(lookup === undefined ? {} : { lookup: Buffer.from(lookup).toString('base64') }),
  }
}

function outputForm({ name, kind, classes, width, inGraph, apply, about, mask }: ModelOutput) {
  return {
    name,
    kind,
    ...(kind === 'classes' ? { classes } : {}),
    ...(kind === 'values' ? { values: classes.map((value, i) => ({ name: value.name, about: about[i] ?? '' })) } : {}),
    ...(kind === 'features' ? { size: width } : {}),
    ...(mask ? { channel: mask.channel, threshold: mask.threshold, view: mask.view } : {}),
    ...(inGraph === 'none' ? {} : { in_graph: inGraph }),
    ...(apply === 'none' ? {} : { apply }),
  }
}

const defined = (record: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
