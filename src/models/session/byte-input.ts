/** The input of a graph that takes the bytes of patches as they come: its own, or one put before it (`preamble.ts`). */

import type { ModelInput } from '../../core/model.js'

/** True when the input takes the bytes as they come. */
export function takesBytes(input: ModelInput): boolean {
  return input.form === undefined && input.dtype === 'uint8' && input.layout === 'NHWC' && input.channels === 'RGB'
}

/** The name of the input that takes the bytes instead of `input`. */
export const byteInput = (input: ModelInput): string => (takesBytes(input) ? input.name : `tiastream_bytes:${input.name}`)
