/**
 * In which numbers the first run into an output computed, where it was tried what pays: all further runs and machines compute in the same, so
 * that no table differs from its neighbours by more than its slide. A small file for each model beside the receipts.
 */

import { isTried } from '../../core/precision.js'
import { providedIn } from '../../core/roles.js'
import type { Plan } from '../plan/plan-type.js'
import { type ResultStore, state } from './result-store.js'

const schema = 'tiastream-precision/1'

export interface KeptNumbers {
  /** What was asked for: `auto`, `bf16`. */
  readonly asked: string
  /** `cpu` or `openvino`, and in which floats. */
  readonly device: string
  readonly computing: 'fp32' | 'bf16'
  /** How it was found, in words. */
  readonly why: string
}

const begins = `${state}/precision-`
const nameOf = (sha256: string, asked: string): string => `${begins}${asked}-${sha256.slice(0, 16)}.json`

/** What stands; null when nothing is decided. */
export async function keptNumbers(store: ResultStore, sha256: string, asked: string): Promise<KeptNumbers | null> {
  return numbersIn(await store.read(nameOf(sha256, asked)))
}

/** Writes it down unless another run was first; returns what stands. */
export async function keepNumbers(store: ResultStore, sha256: string, numbers: KeptNumbers): Promise<KeptNumbers> {
  const name = nameOf(sha256, numbers.asked)
  const text = `${JSON.stringify({ schema, ...numbers }, null, 2)}\n`
  if (await store.swap(name, null, text)) return numbers
  const there = numbersIn(await store.read(name))
  if (there !== null) return there
  // Nothing that can be read.
  await store.replace(name, text)
  return numbers
}

/** What stands for each model of a plan, in words; a plan without an output has nothing. */
export async function begunIn({ stages, cards }: Pick<Plan, 'stages' | 'cards'>, store: ResultStore): Promise<readonly string[]> {
  const begun: string[] = []
  for (const { model, precision } of providedIn(stages, 'answers')) {
    const kept = isTried(precision) ? await keptNumbers(store, cards[model]!.sha256, precision).catch(() => null) : null
    if (kept) begun.push(`${kept.computing === 'bf16' ? 'bfloat16' : 'what the graph says'} on ${kept.device}: ${kept.why}`)
  }
  return begun
}

function numbersIn(bytes: Buffer | null): KeptNumbers | null {
  try {
    const read = bytes && (JSON.parse(bytes.toString()) as KeptNumbers & { readonly schema: unknown })
    return read?.schema === schema ? read : null
  } catch {
    return null
  }
}

/** For an output that is made again. */
export async function forgetNumbers(store: ResultStore): Promise<void> {
  for (const name of await store.list(state)) if (name.startsWith(begins)) await store.remove(name)
}
