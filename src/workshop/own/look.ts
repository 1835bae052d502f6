/** What an ONNX file says of itself that a card needs: read from the graph, guessed from how it begins and ends, and which of these it was. */

import type { Activation, ModelInput } from '../../core/model.js'
import { threeNumbers } from '../../core/text/three-numbers.js'
import { greyLevelsIn } from '../../models/onnx/beginning.js'
import { isWithinOne } from '../../models/onnx/bounds.js'
import { classLabelsIn } from '../../models/onnx/class-labels.js'
import { endingsOf, logarithmOf } from '../../models/onnx/ending.js'
import { describePort, type OnnxPort } from '../../models/onnx/inspect-onnx.js'
import { layoutIn } from '../../models/onnx/layout.js'
import type { OnnxFile } from '../../models/onnx/onnx-file.js'
import { ownMeanIn } from '../../models/onnx/own-mean.js'
import { namesInMetadata } from './class-names.js'

type Said = ReadonlyMap<string | undefined, string | undefined>

export interface Scale {
  readonly value: number
  /** Taken away from what that makes. */
  readonly less?: 1
  readonly why: string
}

export interface Looked {
  readonly input: OnnxPort
  readonly output: OnnxPort
  readonly pixels: boolean
  /** Null: the graph does not say, and neither may be assumed. */
  readonly layout: 'NHWC' | 'NCHW' | null
  readonly size: readonly [width: number, height: number] | null
  /** The channel order that Windows ML's metadata names. */
  readonly channels: ModelInput['channels'] | null
  /** Null: the graph takes bytes. */
  readonly scale: Scale | null
  /** A mean and deviation that the metadata names, and the graph does not take away itself. */
  readonly normal: readonly (readonly [option: 'mean' | 'std', numbers: readonly [number, number, number]])[]
  /** Names of classes in the metadata, or in a classifier that the graph ends with. */
  readonly labels: { readonly names: readonly string[]; readonly of: 'metadata' | 'classifier' } | null
  /** The operator that makes the output, followed back over those that only move numbers. */
  readonly ending: Activation
  /** What it makes the logarithm of. */
  readonly logarithm: Activation
  /** The last operators keep every answer within 0 and 1, whatever they are. */
  readonly withinOne: boolean
}

export function lookInto({ model, facts }: OnnxFile, input: OnnxPort, output: OnnxPort): Looked {
  const { shape } = input
  const pixels = shape?.length === 2 && shape[1] === 3
  const isOpen = shape?.length === 4 && [shape[1], shape[3]].every((size) => typeof size !== 'number' || size < 1)
  const seen = isOpen ? layoutIn(model.graph!, input.name) : null
  const layout = pixels || shape?.[3] === 3 ? 'NHWC' : shape?.[1] === 3 ? 'NCHW' : seen
  const [h, w] = layout === 'NCHW' ? [shape?.[2], shape?.[3]] : [shape?.[1], shape?.[2]]
  const size = !pixels && typeof w === 'number' && typeof h === 'number' && w > 0 && h > 0 ? ([w, h] as const) : null
  const said = new Map((model.metadataProps ?? []).map(({ key, value }) => [key, value]))
  const order = said.get('Image.BitmapPixelFormat')?.slice(0, 3).toUpperCase()
  const range = said.get('Image.NominalPixelRange')
  return {
    input,
    output,
    pixels,
    layout,
    size,
    channels: order === 'BGR' || order === 'RGB' ? order : null,
    scale: input.type === 'uint8' ? null : scaleOf(model, facts.inputs.length === 1 ? input.name : null, range),
    normal: ownMeanIn(model.graph!, input.name) === null ? normalIn(said) : [],
    labels: labelsOf(model, said, output.name),
    ending: endingsOf(model.graph!, [output.name])[0]!,
    logarithm: logarithmOf(model.graph!, output.name),
    withinOne: isWithinOne(model.graph!, output.name),
  }
}

function labelsOf({ graph }: OnnxFile['model'], said: Said, output: string): Looked['labels'] {
  const written = namesInMetadata(said)
  if (written) return { names: written, of: 'metadata' }
  const names = classLabelsIn(graph!, output)
  return names && { names, of: 'classifier' }
}

/** A graph that divides by 255 itself, or takes away means of a hundred, wants grey levels; most others want 0 to 1. */
function scaleOf(model: OnnxFile['model'], input: string | null, range: string | undefined): Scale {
  if (range?.includes('0_255')) return { value: 1, why: 'its metadata says 0 to 255' }
  if (range?.includes('1_1')) return { value: 1 / 127.5, less: 1, why: 'its metadata says -1 to 1' }
  if (range?.includes('0_1')) return { value: 1 / 255, why: 'its metadata says 0 to 1' }
  const begins = input === null ? null : greyLevelsIn(model.graph!, input)
  if (begins !== null) return { value: 1, why: `the graph begins with ${begins} itself` }
  return { value: 1 / 255, why: 'as most models want' }
}

/** What exporters of others write them under. */
const prefixes = ['', 'image_', 'norm_', 'normalization_', 'standardization_']

function normalIn(said: Said) {
  return (['mean', 'std'] as const).flatMap((what) => {
    const text = prefixes.map((prefix) => said.get(`${prefix}${what}`)).find((value) => value !== undefined) ?? ''
    const numbers = threeNumbers(text.replace(/[[\]()]/g, ''))
    return numbers === null ? [] : [[what, numbers] as const]
  })
}

export const describe = (port: OnnxPort): string => `'${port.name}' ${describePort(port)}`
