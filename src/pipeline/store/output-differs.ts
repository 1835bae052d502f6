/**
 * Asked before a run starts: are the results in its output those it would make? Results of other options, of an older version or of
 * another slide of the same name are never overwritten unasked. And what is left there of slides that are no part of the cohort any more.
 */

import { withoutSecrets } from '../../core/address.js'
import { PipelineError, TiastreamError } from '../../core/errors.js'
import { type SlideRef, sameContent } from '../../core/slide.js'
import { someOf } from '../../core/text/some-of.js'
import { ahead } from '../../flow/ahead.js'
import type { Reader } from '../../readers/format.js'
import { identify } from '../../readers/identify.js'
import { devicesIn } from '../plan/device-names.js'
import type { Plan } from '../plan/plan-type.js'
import { tiastreamVersion } from '../plan/version.js'
import { isOldReceipt, type Receipt, readReceipt, receiptIds, receiptsAtOnce } from './receipts.js'
import type { ResultStore } from './result-store.js'

/** What stands against a run, as far as it was looked for: a few of each kind speak for all. */
class Against {
  readonly old: string[] = []
  readonly other: string[] = []
  readonly device: string[] = []
  readonly namesake: { readonly id: string; readonly was: string; readonly is: string }[] = []
}

/** In what finished slides were made, and how many in each. */
export interface Made {
  readonly tiastream: string | undefined
  readonly device: string | null
  slides: number
}

/**
 * Throws OUTPUT_DIFFERS. `difference` says in words how the options differ from those that filled the output. Returns in what the slides
 * were made that are finished.
 */
export async function mustNotDiffer(
  store: ResultStore,
  plan: Plan,
  refs: AsyncIterable<SlideRef>,
  difference: () => Promise<string>,
): Promise<readonly Made[]> {
  const found = new Against()
  const made = new Map<string, Made>()
  const ended = new Set(await receiptIds(store))
  const read = async (ref: SlideRef) => ({ ref, receipt: ended.has(ref.id) ? await readReceipt(store, ref.id) : null })
  for await (const { ref, receipt } of ahead(refs, receiptsAtOnce, read)) {
    if (receipt?.status !== 'done') continue
    await judge(receipt, ref, plan, found)
    const { tiastream, device } = receipt
    const key = `${tiastream} ${device}`
    const known = made.get(key) ?? { tiastream, device, slides: 0 }
    known.slides++
    made.set(key, known)
  }
  const sentence = await sentenceOf(found, store.place, plan, difference)
  if (sentence === undefined) return [...made.values()]
  throw new PipelineError('OUTPUT_DIFFERS', sentence, {
    hint: 'give another output, or --redo to make them again',
    at: plan.file === undefined ? {} : { file: plan.file },
  })
}

async function judge(receipt: Receipt, ref: SlideRef, plan: Plan, found: Against): Promise<void> {
  if (isOldReceipt(receipt)) found.old.push(ref.id)
  else if (receipt.fingerprint !== plan.provenance.fingerprint) found.other.push(ref.id)
  else if (!devicesIn(receipt.device).every((device) => plan.devices.includes(device))) found.device.push(ref.id)
  else {
    const uri = withoutSecrets(ref.uri)
    // At the same place it is the same slide, changed or not; elsewhere it is when it is a copy.
    if (receipt.uri !== uri && (await isOther(receipt, ref, plan.environment.readers)))
      found.namesake.push({ id: ref.id, was: receipt.uri, is: uri })
  }
}

async function isOther({ identity }: Receipt, ref: SlideRef, readers: readonly Reader[]): Promise<boolean> {
  try {
    return identity !== null && !sameContent(identity, await identify(ref, readers, undefined, { before: identity }))
  } catch (error) {
    // It cannot be read: the run will say so, and publishes nothing.
    if (error instanceof TiastreamError) return false
    throw error
  }
}

async function sentenceOf(
  found: Against,
  output: string,
  { devices }: Plan,
  difference: () => Promise<string>,
): Promise<string | undefined> {
  const { old, other, device, namesake } = found
  const [first] = namesake
  if (first) {
    const more = namesake.length > 1 ? ` (and ${namesake.length - 1} more slides of the same name)` : ''
    return `${output} holds ${first.id} of ${first.was}; ${first.is} is another slide of that name${more}`
  }
  if (old.length > 0) {
    return `${output} holds ${counted(old)} made by tiastream 0.1, whose receipts do not say of which mask, device and content they are`
  }
  if (other.length > 0) return `${output} holds ${counted(other)} made with other options: ${await difference()}`
  if (device.length > 0) return `${output} holds ${counted(device)} made on another device than ${devices.join(' or ') || 'none'}`
  return undefined
}

const counted = (ids: readonly string[]) => (ids.length === 1 ? `a slide (${ids[0]})` : `${ids.length} slides (${ids[0]}, …)`)

/** Ids of finished slides in the output that are not among `refs`. */
export async function leftoversOf(store: ResultStore, refs: AsyncIterable<SlideRef>): Promise<readonly string[]> {
  const left = new Set(await receiptIds(store))
  if (left.size > 0) for await (const { id } of refs) left.delete(id)
  const done: string[] = []
  for await (const receipt of ahead([...left].sort(), receiptsAtOnce, (id) => readReceipt(store, id)))
    if (receipt?.status === 'done') done.push(receipt.slide)
  return done
}

/** One sentence when there are any. */
export function sayLeftovers(ids: readonly string[]): readonly string[] {
  if (ids.length === 0) return []
  const what = ids.length === 1 ? 'a slide that is' : `${ids.length} slides that are`
  return [`the output holds results of ${what} not part of this run: ${someOf(ids, 5)}`]
}

/** Finished slides stay as they are; that they come from another device or version is said. */
export function sayMade(finished: readonly Made[], { device }: { readonly device: string | null }): readonly string[] {
  return finished
    .filter((made) => made.device !== device || made.tiastream !== tiastreamVersion)
    .map(({ slides, device: other, tiastream }) => {
      const where = other === null ? '' : ` on ${other}`
      return `${slides === 1 ? 'a slide' : `${slides} slides`} made by tiastream ${tiastream}${where} before stay as they are: --redo makes them again`
    })
}
