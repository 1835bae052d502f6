/** How large the slides of a plan are, and which are done: what work is shared out by. */

import { withoutSecrets } from '../../core/address.js'
import { TiastreamError } from '../../core/errors.js'
import type { SlideIdentity, SlideRef } from '../../core/slide.js'
import type { Reader } from '../../readers/format.js'
import { identify } from '../../readers/identify.js'
import { sinksFingerprint } from '../plan/fingerprint.js'
import type { Plan } from '../plan/plan-type.js'
import { filesAreThere, readReceipt, receiptIds } from '../store/receipts.js'
import type { ResultStore } from '../store/result-store.js'
import { storeOf } from '../store/store-of.js'

export interface Weighed {
  readonly ref: SlideRef
  readonly id: string
  /** Without secrets. */
  readonly uri: string
  /** With all its files. Null: it cannot be read now. */
  readonly bytes: number | null
  /** Why it cannot be read now: a code of `core/owners.ts`. */
  readonly error?: string
  /** The output has its results, of this plan. */
  readonly isDone: boolean
}

/** Slides that are looked at at once: on a server each is a round trip or two. */
const atOnce = 16

/** In the order of the source. Throws only what its listing throws, and the signal. */
export async function weighedSlides(plan: Plan, signal?: AbortSignal): Promise<readonly Weighed[]> {
  const { environment, source, folder } = plan
  const { default: read } = await environment.sources[source.name]!.load()
  const weighed: Weighed[] = []
  const at = read(source.options, folder, source.types)[Symbol.asyncIterator]()
  const store = storeOf(plan.output)
  // One list instead of asking for a receipt of each slide that has none.
  const ended = new Set(await receiptIds(store))
  const isMade = isDoneBy(plan, store)
  let count = 0
  const work = async () => {
    for (;;) {
      signal?.throwIfAborted()
      // One after another in the order in which they ask, as a generator answers.
      const next = at.next()
      const place = count++
      const { value: ref, done } = await next
      if (done) return
      weighed[place] = await weigh(ref, environment.readers, (identity) => ended.has(ref.id) && isMade(ref, identity), signal)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return weighed
}

async function weigh(
  ref: SlideRef,
  readers: readonly Reader[],
  isDone: (identity: SlideIdentity) => boolean | Promise<boolean>,
  signal?: AbortSignal,
): Promise<Weighed> {
  const known = { ref, id: ref.id, uri: withoutSecrets(ref.uri) }
  try {
    const identity = await identify(ref, readers, signal)
    return { ...known, bytes: identity.bytes, isDone: await isDone(identity) }
  } catch (error) {
    signal?.throwIfAborted()
    return { ...known, bytes: null, error: error instanceof TiastreamError ? error.code : 'SLIDE_UNREADABLE', isDone: false }
  }
}

/** As far as it is known without reading its masks: the run looks closer. */
function isDoneBy(plan: Plan, store: ResultStore) {
  const { fingerprint } = plan.provenance
  const sinks = sinksFingerprint(plan)
  return async ({ id }: SlideRef, { bytes, head }: SlideIdentity): Promise<boolean> => {
    const receipt = await readReceipt(store, id)
    if (receipt?.status !== 'done' || receipt.identity?.bytes !== bytes || receipt.identity.head !== head) return false
    if (receipt.fingerprint !== fingerprint || receipt.sinks !== sinks) return false
    return filesAreThere(store, receipt)
  }
}
