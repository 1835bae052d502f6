/** Writes the card of a converted model. */

import type { Activation, ModelClass, ModelTest } from '../../core/model.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import type { Resolution } from '../../geometry/resolution.js'
import { formatYaml } from '../../models/card/yaml.js'

export interface CardFacts {
  readonly name: string
  readonly about: string
  readonly licence?: string
  readonly source: string
  /** Pixels of a patch: its width and height. */
  readonly size: number
  readonly at?: Resolution
  readonly classes: readonly ModelClass[]
  /** Inside of the graph; default: softmax. */
  readonly activation?: Activation
  /** Of the ONNX file. */
  readonly sha256: string
  /** Widths of further outputs, where the graph has them. */
  readonly logits?: number
  readonly features?: number
  readonly facts: Readonly<Record<string, string | number>>
  readonly test?: ModelTest
}

export function cardText(card: CardFacts): string {
  const { name, about, licence, source, size, at, classes, sha256, logits, features, facts, test, activation = 'softmax' } = card
  const outputs: Record<string, unknown>[] = [
    {
      name: 'probabilities',
      kind: 'classes',
      ...(activation === 'none' ? {} : { in_graph: activation }),
      classes: classes.map((c) => ({ name: c.name, color: c.color })),
    },
  ]
  if (logits !== undefined) outputs.push({ name: 'logits', kind: 'features', size: logits })
  if (features !== undefined) outputs.push({ name: 'features', kind: 'features', size: features })
  const form = {
    name,
    file: 'model.onnx',
    sha256,
    about,
    ...(licence === undefined ? {} : { licence }),
    source,
    inputs: [
      {
        name: 'image',
        size: `${size} px`,
        ...(at === undefined ? {} : { at: formatResolution(at) }),
        layout: 'NHWC',
        channels: 'RGB',
        dtype: 'uint8',
      },
    ],
    outputs,
    stride: `${size} px`,
    facts,
    ...(test === undefined ? {} : { test }),
  }
  return formatYaml(form, 'Written by tiastream; the graph takes bytes, and what makes probabilities is inside.')
}
