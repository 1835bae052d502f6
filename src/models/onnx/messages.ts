/**
 * Reads and writes the messages of an ONNX file: protobufjs' doorway. It makes the code for it from the schema at every start. The build does that
 * once (`scripts/make-messages.mjs`): what it lays in the place of this module has the same names and the same code.
 */

import protobuf from 'protobufjs'
import { proto } from './proto.js'

/** What a message is written into. */
export interface Writer {
  finish(): Uint8Array
  /** Makes room for so many bytes. Not public in every version of protobufjs. */
  _reserve?(bytes: number): void
}

/** A whole model. Its 64-bit integers are objects of protobufjs, and its bytes views of what was read. */
export const Model: { decode(bytes: Uint8Array): object; encode(model: object, writer: Writer): Writer } = typeOf('ModelProto')

export function newWriter(): Writer {
  return protobuf.Writer.create() as Writer
}

function typeOf(name: string): typeof Model {
  return protobuf.parse(proto).root.lookupType(name) as unknown as typeof Model
}
