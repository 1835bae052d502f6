/** Arrow's file writer, handing out its bytes batch by batch instead of queueing them, as views on the memory of the batch. */

import { type RecordBatch, RecordBatchFileWriter, type Schema } from 'apache-arrow'

export class ArrowFileBytes extends RecordBatchFileWriter {
  readonly #chunks: Uint8Array[] = []

  constructor(schema: Schema) {
    super({ autoDestroy: false })
    this.reset(undefined, schema)
  }

  protected override _write(chunk: ArrayBufferView): this {
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (bytes.byteLength > 0) this.#chunks.push(bytes)
    this._position += bytes.byteLength
    return this
  }

  /** The bytes of one batch in pieces, with the dictionary words it brought. */
  batch(batch: RecordBatch): Uint8Array[] {
    this.write(batch)
    return this.#take()
  }

  /** The footer; the writer is done then. */
  footer(): Uint8Array[] {
    this.finish()
    return this.#take()
  }

  #take(): Uint8Array[] {
    return this.#chunks.splice(0)
  }
}
