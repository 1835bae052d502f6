/** Why a finished slide is made again, in words. */

import { sameContent } from '../../core/slide.js'
import { filesAreThere, type Receipt } from './receipts.js'
import type { ResultStore } from './result-store.js'

export type Asked = Pick<Receipt, 'fingerprint' | 'sinks' | 'reference' | 'identity'>

/** Null when the receipt is of the rows and files that are asked for now, and they are there. */
export async function whyAgain(done: Receipt, asked: Asked, store: ResultStore): Promise<string | null> {
  if (!done.identity || !asked.identity || !sameContent(done.identity, asked.identity)) return 'the slide has changed'
  if (done.fingerprint !== asked.fingerprint) return 'the options have changed'
  if (done.reference !== asked.reference) return 'its mask, its places or what the list says of it has changed'
  if (done.sinks !== asked.sinks) return 'the sinks have changed'
  return (await filesAreThere(store, done)) ? null : 'a file of it is missing or has another size'
}
