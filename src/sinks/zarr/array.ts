/** One array of a zarr version 2 group, written chunk by chunk; its description comes last, when its length is known. */

import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { Store } from './store.js'

const deflate = promisify(zlib.deflate)

export interface ArraySpec {
  readonly name: string
  /** Bytes of one number. */
  readonly bytes: number
  /** Numbers of a row, and what they are; null for an array of one dimension. */
  readonly across: { readonly name: string; readonly width: number } | null
}

export class ZarrArray {
  #rows = 0

  constructor(
    readonly store: Store,
    readonly spec: ArraySpec,
    /** Rows of a chunk: all but the last `append` bring so many. */
    readonly chunk: number,
  ) {}

  /** One chunk; a chunk that is not full is filled up with zeros, as the format wants. */
  async append(numbers: Uint8Array, rows: number): Promise<void> {
    const { name, bytes, across } = this.spec
    const width = across?.width ?? 1
    const full = new Uint8Array(this.chunk * bytes * width)
    full.set(numbers.subarray(0, rows * bytes * width))
    const index = this.#rows / this.chunk
    await this.store.put(`${name}/${index}${across === null ? '' : '.0'}`, await deflate(full, { level: 5 }))
    this.#rows += rows
  }

  /** `dtype` in NumPy's words: `<f4`, `|u1`. */
  async finish(dtype: string): Promise<void> {
    const { name, across } = this.spec
    const shape = (rows: number) => (across === null ? [rows] : [rows, across.width])
    await this.store.put(
      `${name}/.zarray`,
      json({
        chunks: shape(this.chunk),
        compressor: { id: 'zlib', level: 5 },
        dtype,
        // Every chunk is there; xarray would take a 0 for a value that is missing.
        fill_value: null,
        filters: null,
        order: 'C',
        shape: shape(this.#rows),
        zarr_format: 2,
      }),
    )
    // What xarray asks for.
    await this.store.put(`${name}/.zattrs`, json({ _ARRAY_DIMENSIONS: across === null ? ['patch'] : ['patch', across.name] }))
  }
}

export const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 4)}\n`, 'utf8')
