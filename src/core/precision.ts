/**
 * `precision` of a stage that asks a model: in which numbers the processor computes. Devices follow from it: narrower floats are OpenVINO's.
 */

import { kindOf, runsInLanes } from './devices.js'

/** `fp32`, `int8`: as the graph says. `bf16`: that or nothing. `auto`: the fastest that was tried and agrees. */
export const precisions = ['auto', 'fp32', 'bf16', 'int8'] as const
export type Precision = (typeof precisions)[number]

/** Whether it is tried which numbers pay; otherwise they are as the graph says. */
export const isTried = (precision: Precision | undefined): precision is 'auto' | 'bf16' => precision === 'auto' || precision === 'bf16'

/**
 * The devices of a stage in order of preference, as they follow from both options: where `auto` may choose, the processor is that of
 * OpenVINO or of ONNX Runtime, and floats of 16 bits only the former.
 */
export function devicesFor(devices: readonly string[], precision: Precision | undefined): readonly string[] {
  if (!isTried(precision)) return devices
  const processor = precision === 'auto' ? ['openvino', 'cpu'] : ['openvino']
  const all = devices.flatMap((device) => (kindOf(device) === 'cpu' ? processor : [device]))
  return [...new Set(all)]
}

/** The devices of a list that a lane asks itself, from the first of them on. */
export const laneDevices = (devices: readonly string[]): readonly string[] => devices.filter(runsInLanes)
