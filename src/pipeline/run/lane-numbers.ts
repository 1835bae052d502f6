/**
 * By which library, and in which numbers, each model in the lanes computes. Found once for all lanes, in a process apart: a lane that
 * dies of an illegal instruction would take the run with it, and lanes that compute otherwise would give other bytes.
 */

import { ModelError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { isTried, laneDevices } from '../../core/precision.js'
import { providedIn, type Roles } from '../../core/roles.js'
import { percent } from '../../models/doctor/agreement.js'
import { bestOf, pays } from '../../models/doctor/best-way.js'
import type { Trial, TrialJob, Way } from '../../models/doctor/trial.js'
import { tryApart } from '../../models/doctor/trial-apart.js'
import { cures } from '../../models/session/device.js'
import { placeOfOpenVino } from '../../models/session/openvino/places.js'
import { hasAmx } from '../../models/session/processor.js'
import type { Computing } from '../../models/session/session.js'
import { batchSizeOf } from '../plan/batch-size.js'
import type { Plan } from '../plan/plan-type.js'
import { type KeptNumbers, keepNumbers, keptNumbers } from '../store/kept-numbers.js'
import type { ResultStore } from '../store/result-store.js'
import { demoPictures, trialPictures } from './trial-pictures.js'

export interface LaneNumbers {
  /** One device, which works here. */
  readonly device: string
  readonly computing: Computing
  /** What a person should know. */
  readonly told: readonly string[]
}

type Ask = (job: TrialJob) => Promise<Trial>

/** Why not, in words, where the process ended that tried: of an illegal instruction, of a library that crashes. */
type Tried = (job: TrialJob) => Promise<Trial | string>

const asBefore: LaneNumbers = { device: 'cpu', computing: 'fp32', told: [] }

/** For each of the models. Throws ModelError (DEVICE_MISSING) where what is asked for does not work here. `ask`: another trial, for tests. */
export async function laneNumbers(
  plan: Plan,
  models: readonly string[],
  store: ResultStore | null,
  ask: Ask = tryApart,
): Promise<Readonly<Record<string, LaneNumbers>>> {
  const asked = providedIn(plan.stages, 'answers').filter(({ model }) => models.includes(model))
  const found: Record<string, LaneNumbers> = {}
  for (const one of asked) found[one.model] = await numbersFor(plan, one, store, (job) => ask(job).catch((error: Error) => error.message))
  return found
}

async function numbersFor(
  plan: Plan,
  { model, devices, precision }: Roles['answers'],
  store: ResultStore | null,
  tried: Tried,
): Promise<LaneNumbers> {
  const usable = laneDevices(devices)
  if (usable.every((device) => device === 'cpu')) return asBefore
  const card = plan.cards[model]!
  if (!isTried(precision)) return firstThatWorks(plan, card, usable, tried)
  // A stream writes nothing down.
  const kept = store && (await keptNumbers(store, card.sha256, precision))
  if (kept !== null) return followed(kept, plan, card, tried)
  const { told, ...numbers } = await choose(plan, card, usable, precision, tried)
  const stands = store && (await keepNumbers(store, card.sha256, { asked: precision, ...numbers }))
  const isOurs = stands === null || (stands.device === numbers.device && stands.computing === numbers.computing)
  return isOurs ? { ...numbers, told } : followed(stands, plan, card, tried)
}

/** Without a choice of numbers: the list in its order, as for every device. */
async function firstThatWorks(plan: Plan, card: ModelCard, devices: readonly string[], tried: Tried): Promise<LaneNumbers> {
  const told: string[] = []
  for (const device of devices) {
    if (device === 'cpu') return { ...asBefore, told }
    const { why, alone } = await whyNot(plan, card, { device, numbers: 'fp32' }, await demoPictures(plan, card), tried)
    if (alone !== undefined) told.push(`${card.name} is computed by OpenVINO alone, and compared with nothing: ${alone}`)
    if (why === null) return { device, computing: 'fp32', told }
    told.push(`${device} is not used: ${why.replace(/^device \w+ does not work here: /, '')}`)
  }
  throw new ModelError('DEVICE_MISSING', told.map((one) => one.replace(' is not used', ' does not work here')).join('\n'), {
    hint: `${(await whyNoOpenVino()) === null ? 'device: [openvino, cpu] goes on to onnxruntime' : `it needs ${cures.openvino}`}; tiastream doctor tries every device`,
  })
}

/** What the first run into the output has found holds for all. */
async function followed({ device, computing, asked }: KeptNumbers, plan: Plan, card: ModelCard, tried: Tried): Promise<LaneNumbers> {
  if (device === 'cpu') return asBefore
  const why =
    computing === 'bf16' && hasAmx('bf16') !== true ? noAmx : (await whyNot(plan, card, { device, numbers: computing }, [], tried)).why
  if (why === null) return { device, computing, told: [] }
  const what = `${plan.output} was begun in ${computing === 'bf16' ? 'bfloat16' : 'float32'} by OpenVINO (precision: ${asked})`
  throw new ModelError('DEVICE_MISSING', `${what}, and that does not work here: ${why}`, {
    hint: 'run it on machines like the first; or into another output with precision: fp32; or with --redo, which makes all of it again',
  })
}

interface WhyNot {
  /** Null when it does. */
  readonly why: string | null
  /** Why there were no answers to hold its own against. */
  readonly alone?: string | undefined
}

/** Why a model does not open this way here, or answers something else than by ONNX Runtime (about pictures, where there are any). */
async function whyNot(plan: Plan, card: ModelCard, way: Way, pictures: readonly Uint8Array[], tried: Tried): Promise<WhyNot> {
  const trial = await tried({ card, batch: batchSizeOf(plan.stages), pictures, ways: [way], only: 'answers' })
  if (typeof trial === 'string') return { why: trial }
  const [one] = trial.tried
  if (one && 'why' in one) return { why: one.why }
  const why = one?.agreement.agrees === false ? `it says something else than onnxruntime of the same graph (${one.agreement.why})` : null
  return { why, alone: trial.alone }
}

/** Why its libraries are not to be had; null where they lie. */
const whyNoOpenVino = (): Promise<string | null> =>
  placeOfOpenVino(process.env).then(
    () => null,
    (error: Error) => error.message,
  )

const noAmx = 'its processor has no AMX, without which bfloat16 is slower than float32'

type Chosen = LaneNumbers & { readonly why: string }

async function choose(plan: Plan, card: ModelCard, devices: readonly string[], precision: 'auto' | 'bf16', tried: Tried): Promise<Chosen> {
  const ways = waysFor(card, precision)
  const none = async (why: string, told: readonly string[] = []): Promise<Chosen> => {
    if (precision === 'auto') {
      // OpenVINO alone computes as the graph says, too.
      const found = devices.includes('cpu') ? asBefore : await firstThatWorks(plan, card, devices, tried)
      return { ...found, told: [...told, ...found.told], why }
    }
    throw new ModelError('DEVICE_MISSING', `precision ${precision} does not do for ${card.name} here: ${why}`, {
      hint: 'write precision: auto, which takes float32 where bfloat16 does not pay; or leave it out',
    })
  }
  if (ways.length === 0) return none(noAmx)
  const missing = await whyNoOpenVino()
  if (missing !== null) return none(missing, [`the AMX of this processor is not used: ${missing} (${cures.openvino})`])
  const trial = await tried({ card, batch: batchSizeOf(plan.stages), pictures: await trialPictures(plan, card), ways })
  if (typeof trial === 'string') return none(trial, [trial])
  const best = bestOf(trial)
  if (best === null) return none(whyNone(trial), [`${card.name} computes as its graph says: ${whyNone(trial)}`])
  const why = `${wordsOf(best)} is ${(trial.ms / best.ms).toFixed(1)} x as fast as onnxruntime, answers ${percent(best.agreement.apart)} of their variation apart`
  return { device: best.device, computing: best.numbers, told: [], why }
}

/** What may pay on this processor: nothing without matrix units. */
function waysFor({ precision }: ModelCard, asked: 'auto' | 'bf16'): readonly Way[] {
  const bf16: Way = { device: 'openvino', numbers: 'bf16' }
  const bytes: Way = { device: 'openvino', numbers: 'fp32' }
  return [
    ...(hasAmx('bf16') === true ? [bf16] : []),
    ...(asked === 'auto' && precision === 'int8' && hasAmx('int8') === true ? [bytes] : []),
  ]
}

const wordsOf = ({ numbers }: Way): string => (numbers === 'bf16' ? 'bfloat16 by OpenVINO' : 'OpenVINO')

function whyNone({ ms, tried }: Trial): string {
  return tried
    .map((one) => {
      if ('why' in one) return `${wordsOf(one)} does not take it (${one.why})`
      if (!one.agreement.agrees) return `${wordsOf(one)} says something else (${one.agreement.why})`
      return `${wordsOf(one)} is ${(ms / one.ms).toFixed(1)} x as fast as onnxruntime, and should be ${pays} x`
    })
    .join('; ')
}
