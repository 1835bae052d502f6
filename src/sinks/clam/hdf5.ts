/** HDF5: a file of chunked arrays that grow, written to the disk as they grow. */

import type { GuessableDataTypes, File as Hdf5File } from 'h5wasm'
import { hdf5Words, heard, loadHdf5 } from '../../codecs/hdf5.js'
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

export interface Content {
  readonly arrays: readonly GrowingArray[]
  /** Of the file itself. */
  readonly attributes: Readonly<Record<string, Attribute>>
}

export async function createHdf5(path: string, { arrays, attributes }: Content, chunk: number): Promise<Hdf5Writer> {
  const { File } = await loadHdf5()
  const file = guarded(path, () => new File(path, 'w'))
  let open = true
  const close = () => {
    if (!open) return
    open = false
    guarded(path, () => file.close())
  }
  try {
    const datasets = guarded(path, () => {
      for (const [key, value] of Object.entries(attributes)) file.create_attribute(key, ...written(value))
      return arrays.map((array) => create(file, array, chunk))
    })
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
          file.flush()
        })
        rows += count
      },
      close,
    }
  } catch (error) {
    closeQuietly(close)
    throw error
  }
}

/** The error that came first is the one that tells why. */
export function closeQuietly(close: () => void): void {
  try {
    close()
  } catch {
    // A file that could not be written cannot be ended either.
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

/** HDF5 stamps what it makes with the time: here the clock stands still while it works, so the same rows make the same bytes. */
function guarded<T>(path: string, work: () => T): T {
  const clock = Date.now
  Date.now = () => 0
  try {
    return heard(work)
  } catch (error) {
    throw sinkErrorOf(plainly(error), path)
  } finally {
    Date.now = clock
  }
}

/** In short; the errno of the machine is in it in words. */
function plainly(error: unknown): unknown {
  const words = hdf5Words(error)
  if (words === undefined) return error
  const code = errnos[words]
  const short = new Error(words, { cause: error })
  return code === undefined ? short : Object.assign(short, { code })
}

const errnos: Readonly<Record<string, string>> = {
  'No space left on device': 'ENOSPC',
  'Quota exceeded': 'EDQUOT',
  'Permission denied': 'EACCES',
  'Operation not permitted': 'EPERM',
  'Read-only file system': 'EROFS',
  'File too large': 'EFBIG',
}
