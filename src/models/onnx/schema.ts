/** What an ONNX file holds, read and written. Bytes of tensors are views of the file, never copies. */

import { ModelError } from '../../core/errors.js'
import { Model, newWriter } from './messages.js'
import { otherFormatHint } from './other-format.js'

/** A 64-bit integer: a number when made here, an object of the protobuf library when read. `toNumber` makes it a number. */
export type Int64 = number | { toNumber(): number }

export interface EntryProto {
  key: string
  value: string
}
export interface TensorProto {
  dims: Int64[]
  dataType: number
  name?: string
  rawData?: Uint8Array
  floatData?: number[]
  int32Data?: number[]
  int64Data?: Int64[]
  doubleData?: number[]
  uint64Data?: Int64[]
  stringData?: Uint8Array[]
  externalData?: EntryProto[]
  /** 1: the bytes lie in another file, and `rawData` holds them where they were read (onnx/outside.ts). */
  dataLocation?: number
}
export interface AttributeProto {
  name: string
  type: number
  /** In a function: the attribute of the call whose value it has. */
  refAttrName?: string
  f?: number
  i?: Int64
  s?: Uint8Array
  t?: TensorProto | null
  g?: GraphProto | null
  floats?: number[]
  ints?: Int64[]
  strings?: Uint8Array[]
  tensors?: TensorProto[]
  graphs?: GraphProto[]
}
export interface NodeProto {
  name?: string
  opType: string
  domain?: string
  /** Which of several functions of one name. */
  overload?: string
  input: string[]
  output: string[]
  attribute: AttributeProto[]
}
/** `value` says which of the two is set; absent: the size is unknown. */
export interface DimensionProto {
  value?: 'dimValue' | 'dimParam'
  dimValue?: Int64
  dimParam?: string
}
export interface TypeProto {
  tensorType?: { elemType: number; shape?: { dim: DimensionProto[] } | null } | null
  sequenceType?: object | null
  mapType?: object | null
  optionalType?: object | null
  sparseTensorType?: object | null
}
export interface ValueInfoProto {
  name: string
  type?: TypeProto | null
}
export interface SparseTensorProto {
  values?: TensorProto | null
  indices?: TensorProto | null
  dims: Int64[]
}
export interface GraphProto {
  name: string
  node: NodeProto[]
  initializer: TensorProto[]
  sparseInitializer?: SparseTensorProto[]
  input: ValueInfoProto[]
  output: ValueInfoProto[]
  valueInfo?: ValueInfoProto[]
  docString?: string
}
export interface OperatorSetIdProto {
  domain?: string
  version: Int64
}
export interface FunctionProto {
  name: string
  domain?: string
  overload?: string
  input: string[]
  output: string[]
  node: NodeProto[]
  /** Values of attributes that a call leaves out. */
  attributeProto?: AttributeProto[]
  opsetImport: OperatorSetIdProto[]
}
export interface ModelProto {
  irVersion: Int64
  opsetImport: OperatorSetIdProto[]
  producerName?: string
  producerVersion?: string
  docString?: string
  graph?: GraphProto | null
  functions?: FunctionProto[]
  metadataProps?: EntryProto[]
}

/** Protobuf's own limit: no message is larger. */
export const largestModel = 2 ** 31 - 1

export function toNumber(value: Int64): number {
  return typeof value === 'number' ? value : value.toNumber()
}

/**
 * Reads a model. Nothing is allocated that the bytes do not hold (a length beyond the end is an error of the wire format, and
 * tensors stay views), so memory is bounded by the file. `subject` names the file in errors.
 */
export function decodeModel(bytes: Uint8Array, subject: string): ModelProto {
  if (bytes.length > largestModel) {
    throw new ModelError('NOT_ONNX', `${subject} has ${bytes.length} bytes, more than a protobuf message can have (${largestModel})`)
  }
  let model: ModelProto
  try {
    model = Model.decode(bytes) as ModelProto
  } catch (cause) {
    throw new ModelError('NOT_ONNX', `${subject} is no ONNX file: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: otherFormatHint(bytes),
      cause,
    })
  }
  if (!model.graph || model.graph.node.length === 0) {
    throw new ModelError('NOT_ONNX', `${subject} is no ONNX model: it has no graph`, {
      hint: otherFormatHint(bytes),
    })
  }
  return model
}

/** Writes a model; the same model gives the same bytes. A tensor that lies in another file is written as the place where it lies. */
export function encodeModel(model: ModelProto): Uint8Array {
  const { graph } = model
  const outside = ({ dataLocation, rawData }: TensorProto) => dataLocation === 1 && rawData !== undefined
  const written = graph?.initializer.some(outside)
    ? { ...model, graph: { ...graph, initializer: graph.initializer.map((one) => (outside(one) ? { ...one, rawData: undefined } : one)) } }
    : model
  const writer = newWriter()
  writer._reserve?.(roomFor(model))
  return Model.encode(written, writer).finish()
}

/** From half a gigabyte of tensors on, bytes that all of it is written into; else 0. protobufjs doubles its memory in 32 bits: beyond a gigabyte it lays all anew for every word. */
export function roomFor(model: ModelProto): number {
  const tensors = (model.graph?.initializer ?? []).reduce(
    (sum, { dataLocation, rawData }) => sum + (dataLocation === 1 ? 0 : (rawData?.length ?? 0)),
    0,
  )
  return tensors < 2 ** 29 ? 0 : tensors + 2 ** 26
}
