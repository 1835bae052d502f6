/** How sessions on cards are made, as a pipeline says. Plain data, crosses threads. */

/** `infer: { cuda: … }`. */
export interface CudaSettings {
  readonly layout?: 'nchw' | 'nhwc' | undefined
  readonly tf32?: boolean | undefined
  /** Attention as one operator, where the graph has it; true unless given. */
  readonly attention?: boolean | undefined
  readonly search?: 'heuristic' | 'default' | 'exhaustive' | undefined
  /** Bytes of the card's memory. */
  readonly memory?: number | undefined
  readonly extra?: Readonly<Record<string, string>> | undefined
}

/** `infer: { tensorrt: … }`. */
export interface TensorrtSettings {
  readonly fp16?: boolean | undefined
  /** Folder of compiled engines. */
  readonly cache?: string | undefined
  /** Bytes that TensorRT may use while it compiles. */
  readonly workspace?: number | undefined
  readonly extra?: Readonly<Record<string, string>> | undefined
}

/** In which floats a session computes, where it can choose: OpenVINO. */
export type Computing = 'fp32' | 'bf16'

export interface Settings {
  readonly computing?: Computing | undefined
  readonly cuda?: CudaSettings | undefined
  readonly tensorrt?: TensorrtSettings | undefined
  /** Entries of ONNX Runtime's session configuration, by its own names. */
  readonly session?: Readonly<Record<string, string>> | undefined
  /** By ONNX Runtime's C API also where onnxruntime-node would do: no pipeline says so, tests do. */
  readonly byApi?: true | undefined
}
