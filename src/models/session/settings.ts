/**
 * How sessions on cards are made: options of ONNX Runtime's providers, as texts by their own names. What is not said is set for equal bytes:
 * TF32 is off, and cuDNN's algorithms are chosen by rule, never by timing them.
 */

import type { CudaSettings, TensorrtSettings } from '../../core/device-settings.js'

type Entries = Readonly<Record<string, string>>

const bit = (on: boolean): string => (on ? '1' : '0')

/** Options of the CUDA provider. */
export function cudaEntries(card: number, { layout, tf32, search, memory, extra }: CudaSettings = {}): Entries {
  return {
    device_id: String(card),
    cudnn_conv_algo_search: (search ?? 'heuristic').toUpperCase(),
    use_tf32: bit(tf32 ?? false),
    prefer_nhwc: bit(layout === 'nhwc'),
    // Batches have one size: no more is taken than they need, so that sessions fit beside each other.
    arena_extend_strategy: 'kSameAsRequested',
    ...(memory === undefined ? {} : { gpu_mem_limit: String(memory) }),
    ...extra,
  }
}

/** Options of the TensorRT provider. */
export function tensorrtEntries(card: number, { fp16, cache, workspace, extra }: TensorrtSettings = {}): Entries {
  return {
    device_id: String(card),
    trt_fp16_enable: bit(fp16 ?? false),
    ...(cache === undefined
      ? {}
      : {
          trt_engine_cache_enable: '1',
          trt_engine_cache_path: cache,
          // How kernels were timed is kept, too: the next engine is made of the same ones.
          trt_timing_cache_enable: '1',
          trt_timing_cache_path: cache,
        }),
    ...(workspace === undefined ? {} : { trt_max_workspace_size: String(workspace) }),
    ...extra,
  }
}
