/**
 * Makes a model ready to be loaded: reads the file, looks into it, puts the preprocessing inside. Once a run, however many threads load it:
 * what comes out is plain data.
 */

import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { withAttention } from '../onnx/attention/attention.js'
import { movesMuchMemory } from '../onnx/moves-memory.js'
import { type OnnxFile, readOnnx } from '../onnx/onnx-file.js'
import { type Precision, precisionOf } from '../onnx/precision.js'
import { takesBytes } from './byte-input.js'
import { withPreamble } from './preamble.js'
import { hasVnni } from './processor.js'
import type { Loadable } from './session.js'
import { hasWideBytes, stepsInSixteenBits } from './wide-bytes.js'

/** A way to load the model: its preprocessing inside, or (as it is) with pixels prepared outside of it. */
export interface Way {
  readonly model: Loadable
  /** Where the files lie that it keeps tensors in, when it is no file itself. */
  readonly folder?: string
  /** Their names, as the graph has them. */
  readonly files?: readonly string[]
  readonly fused: boolean
  /** Why it is not fused. */
  readonly why: string
  /** Its attention is said as one operator, for devices that have a kernel for it (core/fused-attention.ts). */
  readonly attention?: true
}

/** Plain data, crosses threads. `ways` are tried in their order. */
export interface PreparedModel {
  readonly card: ModelCard
  readonly ways: readonly Way[]
  /** Its sums of bytes would be cut off on this processor (wide-bytes.ts). */
  readonly exactSums: boolean
  /** It is quantised in steps of 16 bits. */
  readonly sixteenBits: boolean
  /** A processor is faster with few patches at once. */
  readonly movesMuchMemory: boolean
  readonly precision: Precision
}

export interface PrepareOptions {
  /** What the processor can; told in tests. */
  readonly vnni?: boolean | null
  /** Whether a device that has a kernel for attention may be asked. */
  readonly attention?: boolean
}

/** Throws ModelError: MODEL_CHANGED, or what is wrong with the file. */
export async function prepareModel(card: ModelCard, options: PrepareOptions = {}): Promise<PreparedModel> {
  const { vnni = hasVnni(), attention = false } = options
  const onnx = await readOnnx(card.file)
  if (onnx.sha256 !== card.sha256) {
    throw new ModelError('MODEL_CHANGED', `${card.file} is not the file the card was read for: sha256 ${onnx.sha256}, not ${card.sha256}`, {
      hint: 'the file changed meanwhile; start again',
    })
  }
  const ways = waysOf(card, onnx)
  return {
    card,
    ways: attention ? [...attentionWays(card, onnx), ...ways] : ways,
    sixteenBits: stepsInSixteenBits(onnx.model),
    exactSums: vnni !== true && hasWideBytes(onnx.model),
    movesMuchMemory: movesMuchMemory(onnx.model),
    precision: precisionOf(onnx.model),
  }
}

function waysOf(card: ModelCard, onnx: OnnxFile): Way[] {
  const external = onnx.facts.externalFiles.length > 0
  // Tensors in other files are found from the path only.
  const whole: Loadable = external ? onnx.file : onnx.bytes
  if (card.inputs.every(takesBytes)) return [{ model: whole, fused: true, why: '' }]
  const inside = withPreamble(onnx.model, card.inputs)
  if (inside === null) return [{ model: whole, fused: false, why: `its operators are of version ${onnx.facts.opset}` }]
  return [
    { model: inside, fused: true, why: '', ...besideOf(onnx) },
    // By its path: nobody shall hold its bytes for the rare case.
    { model: onnx.file, fused: false, why: 'the runtime refuses the graph with it inside' },
  ]
}

/** None where the graph has no attention that is sure. */
function attentionWays(card: ModelCard, onnx: OnnxFile): readonly Way[] {
  const rewritten = withAttention(onnx.model)
  const model = rewritten && withPreamble(rewritten.model, card.inputs)
  if (!model) return []
  return [{ model, fused: true, why: '', attention: true, ...besideOf(onnx) }]
}

const besideOf = ({ file, facts }: OnnxFile): Pick<Way, 'folder' | 'files'> =>
  facts.externalFiles.length > 0 ? { folder: path.dirname(file), files: facts.externalFiles } : {}
