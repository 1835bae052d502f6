/** A model: a folder with `model.onnx` and `model.yml` (the card); as a value, a card and `predict`. */

import type { Resolution } from '../geometry/resolution.js'
import type { PatchBatch } from './items.js'

/** What one input head wants to see. */
export interface ModelInput {
  /** The input's name in the graph. */
  readonly name: string
  /** `pixels`: the graph takes [N, 3], each pixel by itself; a picture of any size is its pixels. Absent: it takes pictures. */
  readonly form?: 'pixels'
  /** Pixels of a patch. */
  readonly width: number
  readonly height: number
  /** The resolution the model was trained on; absent: any. */
  readonly at?: Resolution
  readonly layout: 'NHWC' | 'NCHW'
  readonly channels: 'RGB' | 'BGR'
  readonly dtype: 'uint8' | 'float32' | 'float16'
  /** Applied when the graph takes floats: (pixel × scale − mean) ÷ std, per channel in RGB order. */
  readonly scale: number
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  /** For an already quantised input: 3 × 256 bytes, one per channel and grey level, applied as batches are made. */
  readonly lookup?: Uint8Array
}

/** Devices a model may be asked to run on; `infer` takes a list of them in order of preference. */
export const deviceNames = ['cpu', 'openvino', 'cuda', 'tensorrt', 'webgpu', 'dml', 'coreml'] as const
export type DeviceName = (typeof deviceNames)[number]

export type Activation = 'none' | 'softmax' | 'sigmoid'

export interface ModelClass {
  readonly name: string
  /** `#rrggbb`. */
  readonly color: string
}

/** How an output of kind `mask` is read: where the numbers of a pixel lie, and which of them says tissue, from which value on. */
export interface ModelMask {
  /** Numbers for each pixel. */
  readonly channels: number
  /** True: all pixels' first numbers, then all second ones. False: the numbers of a pixel side by side. */
  readonly planar: boolean
  /** Which of the numbers says tissue. */
  readonly channel: number
  /** Tissue is where it is more than this. */
  readonly threshold: number
  /** `whole`: the model sees the whole slide, squeezed into its input. `windows`: piece by piece, at the resolution of its input. */
  readonly view: 'whole' | 'windows'
}

/**
 * One output of the graph. `classes`: probabilities of named classes. `features`: a vector. `values`: named numbers. `mask`: numbers for
 * every pixel, of which one says tissue; `width` is that of all pixels together.
 */
export interface ModelOutput {
  readonly name: string
  readonly kind: 'classes' | 'features' | 'values' | 'mask'
  /** For `mask`. */
  readonly mask?: ModelMask
  /** For `classes`: in order. For `values`: names of the columns. */
  readonly classes: readonly ModelClass[]
  readonly width: number
  /** Already applied inside the graph. */
  readonly inGraph: Activation
  /** To be applied by us. */
  readonly apply: Activation
  /** For `values`: one sentence each. */
  readonly about: readonly string[]
  /** What the names of its columns begin with, where several models are asked side by side: said by the plan, never by a card. */
  readonly under?: string
  /** For `features`: what the plan has them rounded to. */
  readonly element?: 'float16'
}

/** What the model must answer to one picture made from a seed (`models/test-vector.ts`), so that anyone can see that it works here. */
export interface ModelTest {
  readonly seed: number
  /** sha256 (hex) of the picture's bytes, all heads one after the other. */
  readonly sha256: string
  /** The row of each output. */
  readonly expected: Readonly<Record<string, readonly number[]>>
  /** How far a value may be off. */
  readonly tolerance: number
}

/** The card, checked and complete. Plain data, crosses threads. */
export interface ModelCard {
  /** Folder of the model, absolute. */
  readonly folder: string
  readonly name: string
  /** ONNX file, absolute. */
  readonly file: string
  readonly sha256: string
  readonly about: string
  /** Bytes of the ONNX file and its external data. */
  readonly bytes?: number
  /** In which numbers its graph says that it computes: `float32`, `float16`, `int8` … */
  readonly precision?: string
  readonly licence?: string
  readonly inputs: readonly ModelInput[]
  readonly outputs: readonly ModelOutput[]
  /** A fixed batch in the graph, or null when any number goes. */
  readonly batch: number | null
  /** Where patches should overlap unless told otherwise, in pixels; default: the patch size. */
  readonly stride?: number
  /** What a quantised or converted model was made from. */
  readonly parent?: string
  /** Where the weights come from: a URL or a reference. */
  readonly source?: string
  readonly test?: ModelTest
}

/** The door to answers. `predict` fills `outputs`, one row per patch, NaN where a patch has no picture, and lets the pixels go. */
export interface Model {
  readonly card: ModelCard
  /** The provider really used: `cpu`, `cuda`, `webgpu` … */
  readonly device: string
  /** What a person should know: a device that was asked for and could not be had, and why. */
  readonly warnings?: readonly string[]
  predict(batch: PatchBatch): Promise<PatchBatch>
  close(): Promise<void>
}
