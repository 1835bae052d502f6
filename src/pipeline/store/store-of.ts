/** The store of an output. */

import { isAddress } from '../../core/address.js'
import { FolderStore } from './folder-store.js'
import { ObjectStore } from './object-store.js'
import type { ResultStore } from './result-store.js'

export interface StoreOptions {
  /** Where results lie until they are in a bucket: a folder of this machine. */
  readonly scratch?: string | undefined
}

/** `output`: as a plan says it, an absolute folder or an address. Throws SinkError for an address that is none. */
export const storeOf = (output: string, options: StoreOptions = {}): ResultStore =>
  isAddress(output) ? new ObjectStore(output, options) : new FolderStore(output)
