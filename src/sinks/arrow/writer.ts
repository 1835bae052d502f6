/** Arrow's file writer, handing out its bytes batch by batch instead of queueing them, as views on the memory of the batch. */

import { Message, type RecordBatch, RecordBatchFileWriter, type Schema } from 'apache-arrow'
import type { DataOf } from '../../core/batch.js'
import { wordsTogether } from './columns.js'

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

  /** A file holds a whole stream, as the format asks; apache-arrow leaves the schema to the footer, so that nobody could read from front to back. */
  protected override _writeSchema(schema: Schema): this {
    return super._writeSchema(schema)._writeMessage(Message.from(schema))
  }

  /**
   * Words that came after the first batch lie in the file as deltas, for who reads it from front to back. polars and others that read by the
   * footer refuse deltas: they are shown one dictionary of all words, which stands behind the rows.
   */
  protected override _writeFooter(schema: Schema): this {
    if (this._dictionaryBlocks.length > this._seenDictionaries.size) {
      const all = [...this._seenDictionaries]
      this._dictionaryBlocks = []
      this._seenDictionaries.clear()
      for (const [id, words] of all) this._writeDictionaryBatch(wordsTogether(words), id)
    }
    return super._writeFooter(schema)
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
