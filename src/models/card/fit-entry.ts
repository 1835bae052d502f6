/** An input or output of a card beside what the graph has under that name, while they are compared. */

import type { OnnxPort } from '../onnx/inspect-onnx.js'

export interface Entry {
  /** `inputs[0]`. */
  readonly place: string
  readonly port: OnnxPort
  /** Takes problems of the card alone. */
  readonly wrong: string[]
  /** Takes what the card says and the graph says otherwise. */
  readonly mismatches: string[]
}
