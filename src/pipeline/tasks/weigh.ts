/** How large the slides of a plan are, and which are done: what work is shared out by. */

import { withoutSecrets } from '../../core/address.js'
import { TiastreamError } from '../../core/errors.js'
import { type SlideRef, sameContent } from '../../core/slide.js'
import type { Reader } from '../../readers/format.js'
import { identify, sizeOf } from '../../readers/identify.js'
import { sinksFingerprint } from '../plan/fingerprint.js'
import type { Plan } from '../plan/plan-type.js'
import { filesAreThere, type Receipt, readReceipt, receiptIds } from '../store/receipts.js'
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
  const at = read(source.options, folder, source.types, signal)[Symbol.asyncIterator]()
  const store = await storeOf(plan.output)
  // One list instead of asking for a receipt of each slide that has none.
  const ended = new Set(await receiptIds(store))
  const made = async ({ id }: SlideRef) => (ended.has(id) ? madeBy(plan, store, id) : null)
  let count = 0
  const work = async () => {
    for (;;) {
      signal?.throwIfAborted()
      // One after another in the order in which they ask, as a generator answers.
      const next = at.next()
      const place = count++
      const { value: ref, done } = await next
      if (done) return
      weighed[place] = await weigh(ref, environment.readers, made, signal)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return weighed
}

async function weigh(
  ref: SlideRef,
  readers: readonly Reader[],
  made: (ref: SlideRef) => Promise<Receipt | null>,
  signal?: AbortSignal,
): Promise<Weighed> {
  const known = { ref, id: ref.id, uri: withoutSecrets(ref.uri) }
  try {
    const before = (await made(ref))?.identity
    // Who it is matters where it may be done.
    if (!before) return { ...known, bytes: await sizeOf(ref, readers, signal), isDone: false }
    const identity = await identify(ref, readers, signal, { before })
    return { ...known, bytes: identity.bytes, isDone: sameContent(identity, before) }
  } catch (error) {
    signal?.throwIfAborted()
    return { ...known, bytes: null, error: error instanceof TiastreamError ? error.code : 'SLIDE_UNREADABLE', isDone: false }
  }
}

/** The receipt of a slide whose files this plan made. Its masks are not read for it: the run looks closer. */
async function madeBy(plan: Plan, store: ResultStore, id: string): Promise<Receipt | null> {
  const receipt = await readReceipt(store, id)
  if (receipt?.status !== 'done' || receipt.fingerprint !== plan.provenance.fingerprint || receipt.sinks !== sinksFingerprint(plan))
    return null
  return (await filesAreThere(store, receipt)) ? receipt : null
}
