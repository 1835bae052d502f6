/**
 * Where attention as one operator pays: a line a device that has a kernel for it, with the oldest library whose kernel was looked at.
 *
 * CUDA: flash attention (halves) and memory-efficient attention (floats) since pull request 27542 of ONNX Runtime; before, the operator fell to the
 * CPU. Not in the table: the CPU and OpenVINO, where it was measured not to pay (bench/NOTES.md); TensorRT, which finds attention itself; WebGPU,
 * whose ONNX Runtime leaves the operator to the CPU.
 */

import type { Settings } from './device-settings.js'
import { kindOf } from './devices.js'
import type { DeviceName } from './model.js'

export type Version = readonly [major: number, minor: number]

/** Of ONNX Runtime. */
export const fusedSince: Partial<Record<DeviceName, Version>> = { cuda: [1, 30] }

/** Whether any device of a list may take a graph with the operator. */
export const mayFuse = (devices: readonly string[], { cuda }: Settings = {}): boolean =>
  cuda?.attention !== false && devices.some((device) => kindOf(device) in fusedSince)
