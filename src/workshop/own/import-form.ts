/** The form of an imported model: what the file says, what the caller says, and what is assumed between the two. */

import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import type { Activation } from '../../core/model.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import type { Resolution } from '../../geometry/resolution.js'
import type { OnnxPort } from '../../models/onnx/inspect-onnx.js'
import { describe, type Looked } from './look.js'
import type { Pool } from './pool.js'

export interface ImportOptions {
  /** Folder to make, absolute. */
  readonly out: string
  readonly force: boolean
  readonly name: string
  readonly classes?: readonly string[]
  readonly size?: readonly [number, number]
  readonly at?: Resolution
  readonly layout?: 'NHWC' | 'NCHW'
  readonly channels?: 'RGB' | 'BGR'
  readonly scale?: number
  readonly mean?: readonly [number, number, number]
  readonly std?: readonly [number, number, number]
  readonly activation?: Activation
  readonly input?: string
  readonly output?: string
  readonly mask?: boolean
  readonly threshold?: number
  readonly channel?: number
  readonly pool?: Pool
  readonly prefixTokens?: number
  readonly licence?: string
  readonly about?: string
}

/** What makes probabilities: an operator inside of the graph, and what is applied to its answers here. */
export interface Ends {
  readonly inside: Activation
  readonly apply: Activation
}

/** Sentences: what the file said, and what nobody said. */
export interface Notes {
  readonly found: string[]
  readonly assumed: string[]
}

/** Of a picture that a model is shown. */
const leastSide = 16

/** As a person would write `model.yml`. `ends` says what makes probabilities; null: the answers are kept as they come. */
export function formOf(
  file: string,
  { input, output, pixels, layout, size, channels, scale: seen }: Looked,
  options: ImportOptions,
  ends: Ends | null,
  { found, assumed }: Notes,
) {
  const { classes, mask } = options
  const chosen = options.layout ?? layout
  const ofGreys = (['mean', 'std'] as const).find((what) => options[what]?.some((value) => value > 1))
  const scale: typeof seen = seen && ofGreys ? { value: 1, why: `the ${ofGreys} that is given is of these` } : seen
  if (chosen === null && input.shape?.length === 4) {
    const said = input.shape.slice(1).filter((size) => typeof size === 'number' && size > 0)
    // A small number is that of channels, wherever it stands.
    const isOpen = said.length < 3 && said.every((size) => Number(size) >= leastSide)
    const why = isOpen ? 'it does not say which of its sizes is that of the channels' : 'none of its sizes is 3, so it takes no RGB picture'
    throw new ModelError('SHAPE_MISMATCH', `${file} takes ${describe(input)}: ${why}`, {
      hint: isOpen ? 'say it: --layout NCHW where channels come first, or NHWC' : 'export it for [N, 3, height, width]',
    })
  }
  if (!pixels && input.shape && input.shape.length !== 4) {
    throw new ModelError('SHAPE_MISMATCH', `${file} takes ${describe(input)}, which is no picture: pictures have 4 sizes`, {
      hint: 'export it for [N, 3, height, width]; one that is given the vectors of patches, of a whole slide, is asked elsewhere: the sink clam writes them for it',
    })
  }
  if (!options.size && !size && !pixels)
    throw new ModelError('CARD_INVALID', `${file} takes pictures of any size: ${describe(input)}`, {
      hint: 'say how large its patches are: --size 224',
    })
  found.push(`it takes ${describe(input)} and gives ${describe(output)}`)
  const order = options.channels ?? channels
  if (order === null) assumed.push('channels are RGB (--channels BGR otherwise)')
  else if (!options.channels) found.push(`channels are ${order}, as its metadata says`)
  if (scale && options.scale === undefined) {
    assumed.push(
      `pixels are given as ${scale.less ? '-1 to 1' : scale.value === 1 ? '0 to 255' : '0 to 1'}: ${scale.why} (--scale ${scale.value === 1 ? '1/255' : '1'} otherwise)`,
    )
  }
  const less = scale?.less && options.scale === undefined ? [1, 1, 1] : undefined
  if (scale && !options.mean && !options.std && !less)
    assumed.push('no mean is taken away and nothing divided by a deviation (--mean, --std)')
  if (!options.at && !mask) assumed.push('it may look at any resolution (--at 0.5mpp says which one it was trained on)')
  if (!classes && !mask) assumed.push('its numbers are kept as one vector (--classes a,b,c names them, --mask says they are tissue)')
  return {
    name: options.name,
    about: options.about ?? `Imported from ${path.basename(file)}.`,
    ...(options.licence === undefined ? {} : { licence: options.licence }),
    source: path.basename(file),
    inputs: [
      {
        name: input.name,
        ...(pixels ? { form: 'pixels' } : {}),
        ...(options.size ? { size: options.size.map((n) => `${n} px`) } : {}),
        ...(options.at ? { at: formatResolution(options.at) } : {}),
        ...(chosen === null || pixels ? {} : { layout: chosen }),
        channels: order ?? 'RGB',
        ...(scale ? { scale: options.scale ?? scale.value } : {}),
        ...(options.mean ? { mean: options.mean } : less ? { mean: less } : {}),
        ...(options.std ? { std: options.std } : {}),
      },
    ],
    outputs: [outputOf(output, options, ends)],
  }
}

function outputOf({ name, shape }: OnnxPort, { classes, mask, threshold, channel, pool }: ImportOptions, ends: Ends | null) {
  const made = ends ? { in_graph: ends.inside, apply: ends.apply } : {}
  if (mask)
    return { name, kind: 'mask', ...made, ...(threshold === undefined ? {} : { threshold }), ...(channel === undefined ? {} : { channel }) }
  if (!classes || !ends) {
    const all = (shape ?? []).slice(1).reduce<number>((product, size) => product * Number(size), 1)
    return { name, kind: 'features', ...(pool === 'none' && Number.isInteger(all) ? { size: all } : {}) }
  }
  return { name, kind: 'classes', classes: [...classes], ...made }
}
