/**
 * The ONNX file format: protobufjs' doorway. The schema is the public one (onnx.proto, field numbers included), complete, so
 * that a model that is read and written again loses nothing. Bytes of tensors are views of the file, never copies.
 */

import protobuf from 'protobufjs'
import { ModelError } from '../../core/errors.js'
import { nodeForbids } from '../../core/host/node-forbids.js'
import { otherFormatHint } from './other-format.js'

const proto = `syntax = "proto2";
message AttributeProto {
  optional string name = 1; optional string ref_attr_name = 21; optional string doc_string = 13; optional int32 type = 20;
  optional float f = 2; optional int64 i = 3; optional bytes s = 4; optional TensorProto t = 5; optional GraphProto g = 6;
  optional SparseTensorProto sparse_tensor = 22; optional TypeProto tp = 14; repeated float floats = 7; repeated int64 ints = 8;
  repeated bytes strings = 9; repeated TensorProto tensors = 10; repeated GraphProto graphs = 11;
  repeated SparseTensorProto sparse_tensors = 23; repeated TypeProto type_protos = 15;
}
message ValueInfoProto {
  optional string name = 1; optional TypeProto type = 2; optional string doc_string = 3; repeated EntryProto metadata_props = 4;
}
message NodeProto {
  repeated string input = 1; repeated string output = 2; optional string name = 3; optional string op_type = 4;
  optional string domain = 7; optional string overload = 8; repeated AttributeProto attribute = 5; optional string doc_string = 6;
  repeated EntryProto metadata_props = 9;
}
message TrainingInfoProto {
  optional GraphProto initialization = 1; optional GraphProto algorithm = 2; repeated EntryProto initialization_binding = 3;
  repeated EntryProto update_binding = 4;
}
message ModelProto {
  optional int64 ir_version = 1; repeated OperatorSetIdProto opset_import = 8; optional string producer_name = 2;
  optional string producer_version = 3; optional string domain = 4; optional int64 model_version = 5;
  optional string doc_string = 6; optional GraphProto graph = 7; repeated EntryProto metadata_props = 14;
  repeated TrainingInfoProto training_info = 20; repeated FunctionProto functions = 25;
}
message EntryProto { optional string key = 1; optional string value = 2; }
message TensorAnnotation { optional string tensor_name = 1; repeated EntryProto quant_parameter_tensor_names = 2; }
message GraphProto {
  repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5;
  repeated SparseTensorProto sparse_initializer = 15; optional string doc_string = 10; repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12; repeated ValueInfoProto value_info = 13; repeated TensorAnnotation quantization_annotation = 14;
  repeated EntryProto metadata_props = 16;
}
message TensorProto {
  message Segment { optional int64 begin = 1; optional int64 end = 2; }
  repeated int64 dims = 1; optional int32 data_type = 2; optional Segment segment = 3; repeated float float_data = 4 [packed = true];
  repeated int32 int32_data = 5 [packed = true]; repeated bytes string_data = 6; repeated int64 int64_data = 7 [packed = true];
  optional string name = 8; optional string doc_string = 12; optional bytes raw_data = 9; repeated EntryProto external_data = 13;
  optional int32 data_location = 14; repeated double double_data = 10 [packed = true]; repeated uint64 uint64_data = 11 [packed = true];
  repeated EntryProto metadata_props = 16;
}
message SparseTensorProto { optional TensorProto values = 1; optional TensorProto indices = 2; repeated int64 dims = 3; }
message TensorShapeProto {
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } optional string denotation = 3; }
  repeated Dimension dim = 1;
}
message TypeProto {
  message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  message Sequence { optional TypeProto elem_type = 1; }
  message Map { optional int32 key_type = 1; optional TypeProto value_type = 2; }
  message Optional { optional TypeProto elem_type = 1; }
  message SparseTensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  message Opaque { optional string domain = 1; optional string name = 2; }
  oneof value {
    Tensor tensor_type = 1; Sequence sequence_type = 4; Map map_type = 5; Optional optional_type = 9;
    SparseTensor sparse_tensor_type = 8; Opaque opaque_type = 7;
  }
  optional string denotation = 6;
}
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message FunctionProto {
  optional string name = 1; repeated string input = 4; repeated string output = 5; repeated string attribute = 6;
  repeated AttributeProto attribute_proto = 11; repeated NodeProto node = 7; optional string doc_string = 8;
  repeated OperatorSetIdProto opset_import = 9; optional string domain = 10; optional string overload = 13;
  repeated ValueInfoProto value_info = 12; repeated EntryProto metadata_props = 14;
}`

const Model = protobuf.parse(proto).root.lookupType('ModelProto')

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
    model = Model.decode(bytes) as unknown as ModelProto
  } catch (cause) {
    const forbidden = nodeForbids(cause)
    if (forbidden) throw forbidden
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
  const writer = protobuf.Writer.create() as protobuf.Writer & { _reserve?(bytes: number): void }
  writer._reserve?.(roomFor(model))
  return Model.encode(written as unknown as Record<string, unknown>, writer).finish()
}

/** From half a gigabyte of tensors on, bytes that all of it is written into; else 0. protobufjs doubles its memory in 32 bits: beyond a gigabyte it lays all anew for every word. */
export function roomFor(model: ModelProto): number {
  const tensors = (model.graph?.initializer ?? []).reduce(
    (sum, { dataLocation, rawData }) => sum + (dataLocation === 1 ? 0 : (rawData?.length ?? 0)),
    0,
  )
  return tensors < 2 ** 29 ? 0 : tensors + 2 ** 26
}
