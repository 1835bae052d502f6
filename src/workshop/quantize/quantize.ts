/**
 * Makes an int8 model of a float one and measures what that did: ranges are taken from some pictures, the way to choose ranges from
 * others, and what is reported is measured on those that nothing else has seen.
 */

import { rm } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import type { ModelCard, ModelInput } from '../../core/model.js'
import { counted } from '../../core/text/counted.js'
import { threeDigits } from '../../geometry/round.js'
import { readOnnx } from '../../models/onnx/onnx-file.js'
import { writeModel } from '../../models/onnx/outside.js'
import { openModel } from '../../models/session/open.js'
import { hashOf } from '../../readers/identity.js'
import { cardYaml } from '../own/card-yaml.js'
import { type Agreement, type Answers, agreementOf, answersOf, type Speed, speedOf } from '../own/compare.js'
import { mayReplace } from '../own/may-replace.js'
import { publishFolder } from '../own/publish-folder.js'
import { type Coverage, calibrate, coverageOf, type Prepared, prepare, written } from './graph.js'
import { partsOf, type Sample } from './parts.js'
import { type RangeWay, rangeWays, type Spread } from './ranges.js'
import { refuseAnother } from './verdict.js'

export interface QuantizeOptions {
  /** Folder to make, absolute. */
  readonly out: string
  readonly force: boolean
  /** Where patches come from: never replaced. */
  readonly reads?: readonly string[]
  /** In an order that has nothing to do with what they show. */
  readonly samples: readonly Sample[]
  /** Where they come from, for the card. */
  readonly calibration: string
  /** Pictures of other tissue, to be compared on; absent: some of `samples`. */
  readonly check?: { readonly pictures: readonly Uint8Array[]; readonly from: string }
  /** For processors without VNNI: weights of 7 bits. */
  readonly sevenBits: boolean
  /** Names of nodes that stay in floats. */
  readonly keep: ReadonlySet<string>
  readonly threads: number
  readonly onStep?: (what: string) => void
}

export interface QuantizeReport {
  readonly card: ModelCard
  readonly parent: ModelCard
  readonly calibrated: number
  /** Of a weight. */
  readonly bits: 7 | 8
  readonly way: RangeWay
  readonly agreement: Agreement
  /** What the pictures of the agreement are, after "on". */
  readonly compared: string
  readonly speed: Speed
  readonly bytes: { readonly parent: number; readonly own: number }
  readonly coverage: Coverage
  readonly lookup: boolean
}

/** Fewer say nothing about anything. */
export const fewestPictures = 12

/** A processor that adds products otherwise may be this far off. */
const tolerance = 0.05

export async function quantizeModel(parent: ModelCard, options: QuantizeOptions): Promise<QuantizeReport> {
  const { out, force, samples, calibration, check: others, sevenBits, keep, threads, onStep } = options
  const name = path.basename(out)
  const reads = [parent.folder, ...(options.reads ?? [])]
  await mayReplace(out, force, reads)
  if (samples.length < fewestPictures) {
    throw new ModelError(
      'TOO_FEW_PATCHES',
      `${counted(samples.length, 'patch', 'patches')} of ${calibration} ${samples.length === 1 ? 'is' : 'are'} too few to calibrate ${parent.name}`,
      {
        hint: `${fewestPictures} are the least, some hundred of all kinds of tissue are good`,
      },
    )
  }
  const prepared = await prepare(parent, await readOnnx(parent.file), keep)
  const { ranges, choose, check, apart } = partsOf(samples, others?.pictures)
  const compared = others
    ? `patches of ${others.from}`
    : `patches ${apart === null ? '' : `of ${apart} slides or pictures `}not calibrated on`
  onStep?.(`ranges of ${prepared.policy.group.size} tensors on ${ranges.length} patches`)
  const spreads = await calibrate(parent, prepared, ranges, threads)
  const most = sevenBits ? 63 : 127
  const measured: { way?: RangeWay; agreement?: Agreement; speed?: Speed } = {}
  const card = await publishFolder({
    out,
    force,
    reads,
    tolerance,
    make: async (folder) => {
      const file = path.join(folder, 'model.onnx')
      const model = await openModel(parent, { devices: ['cpu'], threads })
      try {
        const wanted = await answersOf(model, choose)
        const way = await bestWay({ parent, prepared, spreads, most, file, choose, wanted, onStep })
        const own = {
          ...int8Card(parent, prepared),
          ...(await writeModel(file, written(prepared, spreads, { way, most }))),
          name,
          parent: parent.name,
        }
        onStep?.(`comparing on ${check.length} patches`)
        const made = await openModel({ ...own, folder, file }, { devices: ['cpu'], threads })
        try {
          const agreement = agreementOf(made, await answersOf(model, check), await answersOf(made, check), check.length)
          refuseAnother(parent.name, agreement)
          onStep?.('comparing the speed')
          const speed = await speedOfAlone(parent, { ...own, folder, file }, check[0]!)
          Object.assign(measured, { way, agreement, speed })
          const facts = { ...calibrationFacts(calibration, ranges, way), ...comparisonFacts(agreement, compared, speed) }
          return (test) => cardYaml(own, { comment: 'Written by tiastream models quantize.', facts, ...(test ? { test } : {}) })
        } finally {
          await made.close()
        }
      } finally {
        await model.close()
      }
    },
  })
  return {
    card,
    parent,
    calibrated: ranges.length,
    bits: sevenBits ? 7 : 8,
    way: measured.way!,
    agreement: measured.agreement!,
    compared,
    speed: measured.speed!,
    bytes: { parent: parent.bytes ?? 0, own: card.bytes ?? 0 },
    coverage: coverageOf(prepared),
    lookup: prepared.table?.lookup !== null && prepared.table !== null,
  }
}

interface WaysToTry {
  readonly parent: ModelCard
  readonly prepared: Prepared
  readonly spreads: ReadonlyMap<string, Spread>
  /** The largest weight. */
  readonly most: number
  /** Where each is written while it is tried. */
  readonly file: string
  readonly choose: readonly Uint8Array[]
  /** The parent's answers for those pictures. */
  readonly wanted: Answers
  readonly onStep: ((what: string) => void) | undefined
}

/** The way whose answers lie nearest to the parent's. */
async function bestWay({ parent, prepared, spreads, most, file, choose, wanted, onStep }: WaysToTry): Promise<RangeWay> {
  let best: { way: RangeWay; rms: number } | null = null
  for (const way of Object.keys(rangeWays) as RangeWay[]) {
    const own = { ...int8Card(parent, prepared), ...(await writeModel(file, written(prepared, spreads, { way, most }))), file }
    const model = await openModel({ ...own, folder: path.dirname(file) }, { devices: ['cpu'] })
    try {
      const { rms } = agreementOf(model, wanted, await answersOf(model, choose), choose.length)
      onStep?.(`ranges from ${way}: ${rms.toPrecision(2)} off on ${choose.length} patches`)
      if (!best || rms < best.rms) best = { way, rms }
    } finally {
      await model.close()
      await rm(file, { force: true })
    }
  }
  return best!.way
}

/** The parent's card with an input that takes bytes. */
export function int8Card({ test: _test, bytes: _bytes, ...card }: ModelCard, { input, table }: Prepared): ModelCard {
  const { width, height, at } = card.inputs[0]!
  const bytes: ModelInput = {
    name: input,
    width,
    height,
    layout: 'NHWC',
    channels: 'RGB',
    dtype: 'uint8',
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    ...(at === undefined ? {} : { at }),
    ...(table?.lookup ? { lookup: table.lookup } : {}),
  }
  return { ...card, about: card.about === '' ? `${card.name} in int8.` : `${card.about} (int8)`, inputs: [bytes] }
}

/** One thread each, as a lane runs them. */
async function speedOfAlone(parent: ModelCard, own: ModelCard, picture: Uint8Array): Promise<Speed> {
  const first = await openModel(parent, { devices: ['cpu'] })
  try {
    const second = await openModel(own, { devices: ['cpu'] })
    try {
      return await speedOf(first, second, picture)
    } finally {
      await second.close()
    }
  } finally {
    await first.close()
  }
}

const calibrationFacts = (calibration: string, pictures: readonly Uint8Array[], way: RangeWay) => ({
  calibrated_on: calibration,
  calibration_patches: pictures.length,
  calibration_sha256: hashOf(pictures),
  ranges: way,
})

const comparisonFacts = (agreement: Agreement, compared: string, speed: Speed) => ({
  compared_on: `${agreement.pictures} ${compared}`,
  ...(agreement.same === null ? {} : { same_class: agreement.same }),
  mean_difference: threeDigits(agreement.mean),
  largest_difference: threeDigits(agreement.most),
  speed_ratio: threeDigits(speed.ratio),
})
