/** The store of an output. */

import { isAddress } from '../../core/address.js'
import { FolderStore } from './folder-store.js'
import type { ResultStore } from './result-store.js'

export interface StoreOptions {
  /** Where results lie until they are in a bucket: a folder of this machine. */
  readonly scratch?: string | undefined
}

/** `output`: as a plan says it, an absolute folder or an address. What speaks to buckets is loaded for them alone. Throws SinkError for an invalid address. */
export async function storeOf(output: string, options: StoreOptions = {}): Promise<ResultStore> {
  if (!isAddress(output)) return new FolderStore(output)
  const { ObjectStore } = await import('./object-store.js')
  return new ObjectStore(output, options)
}
