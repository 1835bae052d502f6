/** Arrow's file writer, handing out its bytes batch by batch instead of queueing them, as views on the memory of the batch. */

import { type RecordBatch, RecordBatchFileWriter, type Schema } from 'apache-arrow'
import type { DataOf } from '../../core/batch.js'

export class ArrowFileBytes extends RecordBatchFileWriter {
  readonly #chunks: Uint8Array[] = []
  readonly #standIns = new Map<number, DataOf<'vector'>['values']>()
  readonly #standsFor = new Map<ArrayBufferLike, readonly DataOf<'vector'>[]>()

  constructor(schema: Schema) {
    super({ autoDestroy: false })
    this.reset(undefined, schema)
  }

  /**
   * Memory that stands for numbers which lie in pieces: what is written of it is the pieces. It is asked for once, and never touched, so it
   * costs addresses alone.
   */
  standIn(column: number, pieces: readonly DataOf<'vector'>[], most: number): DataOf<'vector'>['values'] {
    const half = pieces[0]!.values instanceof Uint16Array
    const memory = this.#standIns.get(column) ?? (half ? new Uint16Array(most) : new Float32Array(most))
    this.#standIns.set(column, memory)
    this.#standsFor.set(memory.buffer, pieces)
    return memory.subarray(
      0,
      pieces.reduce((sum, { values }) => sum + values.length, 0),
    )
  }

  protected override _write(chunk: ArrayBufferView): this {
    const pieces = this.#standsFor.get(chunk.buffer)?.map(({ values }) => values) ?? [chunk]
    for (const { buffer, byteOffset, byteLength } of pieces) {
      if (byteLength > 0) this.#chunks.push(new Uint8Array(buffer, byteOffset, byteLength))
      this._position += byteLength
    }
    return this
  }

  /** The bytes of one batch in pieces, with the dictionary words it brought. */
  batch(batch: RecordBatch): Uint8Array[] {
    this.write(batch)
    this.#standsFor.clear()
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
