/** What runs a graph, whichever library does it: numbers in, numbers out. */

import type { Computing, Settings } from '../../core/device-settings.js'
import type { DeviceName } from '../../core/model.js'

export type { Computing }

/** A model to load: the bytes of a graph, or a file. */
export type Loadable = string | Uint8Array

/** Numbers with a shape, as every library takes and gives them. Half precision as its bits, or as floats where the engine has an array of them. */
export interface Numbers {
  /** By ONNX's name in lower case: `uint8`, `float32`, `float16` … */
  readonly type: string
  readonly data: ArrayLike<number> | ArrayLike<bigint>
  readonly dims: readonly number[]
}

export interface Session {
  /**
   * Answers by the names of the outputs. They may lie in memory of the session: valid until it is asked again. One run at a time. Whatever
   * the library says is thrown as it is.
   */
  run(given: Readonly<Record<string, Numbers>>, names: readonly string[]): Promise<Readonly<Record<string, Numbers>>>
  /** Makes ready for batches of this form, where that takes long or may fail. Throws what the library says. */
  ready?(given: Readonly<Record<string, Numbers>>, names: readonly string[]): void
  release(): Promise<void>
  /** In which numbers it computes, where that is not what its graph says: for receipts. */
  readonly precision?: string
  /** Memory of its card; null or absent when nobody knows. */
  readonly cardBytes?: number | null
  /** Name and version of a library that does not come with tiastream: rows of two of them are never one table. */
  readonly computedBy?: string
  /** What a person should know. */
  readonly warnings?: readonly string[]
}

/** What a session is made for. */
export interface Asked {
  readonly model: Loadable
  /** Where the files lie that a graph of bytes keeps tensors in. */
  readonly folder?: string
  /** Their names, as the graph has them. */
  readonly files?: readonly string[]
  readonly device: DeviceName
  /** Which of several cards, from 0. */
  readonly card: number
  readonly threads: number
  /** Pictures it is given at once. */
  readonly batch: number
  /** Its sums of bytes would be cut off on this processor (wide-bytes.ts). */
  readonly exactSums: boolean
  /** It is quantised in steps of 16 bits. */
  readonly sixteenBits?: boolean
  /** In which numbers the graph says that it computes. */
  readonly precision?: string
  readonly settings: Settings
}
