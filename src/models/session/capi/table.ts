/**
 * The functions of ONNX Runtime's C API that are called here: each one's place in the table that `OrtApiBase::GetApi` gives, and its type.
 *
 * The table is part of the runtime's promise: functions are only ever added at its end, so a place that version 22 of the API had is the same
 * in every later one. Places are those of the public header (onnxruntime_c_api.h, `struct OrtApi`), counted from 0.
 */

/** The version of the API that the table is asked for: all of these functions are older. */
export const apiVersion = 22

/** `OrtStatus *`: null when all went well. Pointers are addresses. */
export const functions = {
  CreateStatus: [0, 'void *(int code, str message)'],
  GetErrorCode: [1, 'int (void *status)'],
  GetErrorMessage: [2, 'str (void *status)'],
  CreateEnv: [3, 'void *(int severity, str id, _Out_ void **env)'],
  CreateSession: [7, 'void *(void *env, str path, void *options, _Out_ void **session)'],
  CreateSessionFromArray: [8, 'void *(void *env, void *model, size_t length, void *options, _Out_ void **session)'],
  Run: [
    9,
    'void *(void *session, void *options, str *inputs, void **given, size_t inputs_n, str *outputs, size_t outputs_n, _Inout_ void **answers)',
  ],
  CreateSessionOptions: [10, 'void *(_Out_ void **options)'],
  SetSessionExecutionMode: [13, 'void *(void *options, int mode)'],
  DisableMemPattern: [17, 'void *(void *options)'],
  EnableCpuMemArena: [18, 'void *(void *options)'],
  SetSessionLogSeverityLevel: [22, 'void *(void *options, int level)'],
  SetSessionGraphOptimizationLevel: [23, 'void *(void *options, int level)'],
  SetIntraOpNumThreads: [24, 'void *(void *options, int threads)'],
  SetInterOpNumThreads: [25, 'void *(void *options, int threads)'],
  CreateTensorAsOrtValue: [48, 'void *(void *allocator, int64_t *dims, size_t dims_n, int type, _Out_ void **value)'],
  CreateTensorWithDataAsOrtValue: [
    49,
    'void *(void *memory, void *data, size_t length, int64_t *dims, size_t dims_n, int type, _Out_ void **value)',
  ],
  GetTensorMutableData: [51, 'void *(void *value, _Out_ void **data)'],
  GetTensorElementType: [60, 'void *(void *info, _Out_ int *type)'],
  GetDimensionsCount: [61, 'void *(void *info, _Out_ size_t *count)'],
  GetDimensions: [62, 'void *(void *info, _Out_ int64_t *dims, size_t count)'],
  GetTensorTypeAndShape: [65, 'void *(void *value, _Out_ void **info)'],
  CreateMemoryInfo: [68, 'void *(str name, int allocator, int id, int memory, _Out_ void **info)'],
  CreateCpuMemoryInfo: [69, 'void *(int allocator, int memory, _Out_ void **info)'],
  AllocatorAlloc: [75, 'void *(void *allocator, size_t size, _Out_ void **data)'],
  AllocatorFree: [76, 'void *(void *allocator, void *data)'],
  ReleaseEnv: [92, 'void (void *env)'],
  ReleaseStatus: [93, 'void (void *status)'],
  ReleaseMemoryInfo: [94, 'void (void *info)'],
  ReleaseSession: [95, 'void (void *session)'],
  ReleaseValue: [96, 'void (void *value)'],
  ReleaseTensorTypeAndShapeInfo: [99, 'void (void *info)'],
  ReleaseSessionOptions: [100, 'void (void *options)'],
  AddSessionConfigEntry: [130, 'void *(void *options, str key, str value)'],
  CreateAllocator: [131, 'void *(void *session, void *info, _Out_ void **allocator)'],
  ReleaseAllocator: [132, 'void (void *allocator)'],
  SessionOptionsAppendExecutionProvider_TensorRT_V2: [170, 'void *(void *options, void *provider)'],
  CreateTensorRTProviderOptions: [171, 'void *(_Out_ void **provider)'],
  UpdateTensorRTProviderOptions: [172, 'void *(void *provider, str *keys, str *values, size_t count)'],
  ReleaseTensorRTProviderOptions: [174, 'void (void *provider)'],
  SessionOptionsAppendExecutionProvider_CUDA_V2: [204, 'void *(void *options, void *provider)'],
  CreateCUDAProviderOptions: [205, 'void *(_Out_ void **provider)'],
  UpdateCUDAProviderOptions: [206, 'void *(void *provider, str *keys, str *values, size_t count)'],
  ReleaseCUDAProviderOptions: [208, 'void (void *provider)'],
  GetBuildInfoString: [254, 'str ()'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>

export type FunctionName = keyof typeof functions

/** Elements of tensors: ONNX's numbers for them, bytes, and the array of JavaScript that holds them. */
export const elements = {
  float32: { code: 1, array: Float32Array },
  uint8: { code: 2, array: Uint8Array },
  int8: { code: 3, array: Int8Array },
  uint16: { code: 4, array: Uint16Array },
  int16: { code: 5, array: Int16Array },
  int32: { code: 6, array: Int32Array },
  int64: { code: 7, array: BigInt64Array },
  bool: { code: 9, array: Uint8Array },
  float16: { code: 10, array: Uint16Array },
  float64: { code: 11, array: Float64Array },
  uint32: { code: 12, array: Uint32Array },
  uint64: { code: 13, array: BigUint64Array },
} as const

export type ElementType = keyof typeof elements

export function elementOf(code: number): ElementType {
  const found = (Object.keys(elements) as ElementType[]).find((type) => elements[type].code === code)
  if (found === undefined) throw new Error(`the model gives elements of ONNX's type ${code}, not numbers`)
  return found
}
