/** HDF5's doorway: a file of chunked arrays that grow, written to the disk as they grow. */

import { statfsSync } from 'node:fs'
import type { GuessableDataTypes, File as Hdf5File } from 'h5wasm'
import { SinkError } from '../../core/errors.js'
import { sinkErrorOf } from '../common/file.js'

export type Attribute = number | string | readonly number[]

export interface GrowingArray {
  readonly name: string
  readonly width: number
  /** Little-endian int64 or float32. */
  readonly dtype: '<q' | '<f'
  readonly attributes: Readonly<Record<string, Attribute>>
}

export interface Hdf5Writer {
  /** Appends rows to each array, in the order of their description. */
  readonly append: (data: readonly (BigInt64Array | Float32Array)[], rows: number) => void
  readonly close: () => void
}

/** Loaded when first used: it compiles some megabytes of WebAssembly. */
const load = async () => {
  const hdf5 = await import('h5wasm/node')
  await hdf5.ready
  return hdf5
}

export async function createHdf5(path: string, arrays: readonly GrowingArray[], chunk: number): Promise<Hdf5Writer> {
  const { File } = await load()
  const file = guarded(path, () => new File(path, 'w'))
  let open = true
  const close = () => {
    if (!open) return
    open = false
    guarded(path, () => {
      if (file.flush() === null || file.close() < 0) throw new Error('HDF5 could not write its last bytes')
    })
  }
  try {
    const datasets = guarded(path, () => arrays.map((array) => create(file, array, chunk)))
    let rows = 0
    return {
      append(data, count) {
        guarded(path, () => {
          for (const [i, dataset] of datasets.entries()) {
            const { width } = arrays[i]!
            dataset.resize([rows + count, width])
            dataset.write_slice(
              [
                [rows, rows + count],
                [0, width],
              ],
              data[i]!,
            )
          }
          if (file.flush() === null) throw new Error('HDF5 could not write')
        })
        rows += count
      },
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

function create(file: Hdf5File, { name, width, dtype, attributes }: GrowingArray, chunk: number) {
  const data = dtype === '<q' ? new BigInt64Array(0) : new Float32Array(0)
  const dataset = file.create_dataset({
    name,
    data,
    shape: [0, width],
    maxshape: [null, width],
    chunks: [chunk, width],
    dtype,
    compression: 4,
  })
  for (const [key, value] of Object.entries(attributes)) dataset.create_attribute(key, ...written(value))
  return dataset
}

/** Whole numbers as int64, as h5py writes them. */
function written(value: Attribute): [GuessableDataTypes, (number[] | null)?, string?] {
  if (typeof value === 'string') return [value]
  const numbers = typeof value === 'number' ? [value] : value
  const shape = typeof value === 'number' ? [] : [numbers.length]
  return numbers.every(Number.isInteger) ? [BigInt64Array.from(numbers, BigInt), shape, '<q'] : [Float64Array.from(numbers), shape, '<d']
}

/**
 * HDF5 stamps what it makes with the time, and reports failed writes in words only: here the clock stands still while it works
 * (the same rows make the same bytes), and whether the disk is full is asked of the disk.
 */
function guarded<T>(path: string, work: () => T): T {
  const clock = Date.now
  Date.now = () => 0
  try {
    return work()
  } catch (error) {
    if (error instanceof SinkError) throw error
    throw sinkErrorOf(isFull(path) ? Object.assign(new Error(String(error)), { code: 'ENOSPC' }) : error, path)
  } finally {
    Date.now = clock
  }
}

function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize < 65_536
  } catch {
    return false
  }
}
