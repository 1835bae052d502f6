/** End to end on a CPU: the same slide, grid and weights through tiastream, through TIAToolbox, and through a loop of OpenSlide and PyTorch. */

import { existsSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { placeOfOpenVino } from '../src/models/session/openvino/places.js'
import { hasAmx } from '../src/models/session/processor.js'
import { openParquet } from '../src/sinks/parquet/read.js'
import type { Asked } from './support/asked.js'
import { dataPath } from './support/folders.js'
import { type Architecture, modelFolder, weightsOf } from './support/models.js'
import { Peer, PeerError, torchPython } from './support/peers.js'
import { alternate, type Contestant, ratioOf, type Sample, spreadOf } from './support/rounds.js'
import { runWork, type Work } from './support/runs.js'
import { generatedSlide, realSlide } from './support/slides.js'
import { prose, table, verdict, verdictBelow } from './support/table.js'
import { toolboxPython } from './support/toolbox.js'

const classes = 9
const patch = 224
type Kind = 'fp32' | 'int8' | 'bf16' | 'int8 + bf16'

/** Of the peers; `bf16` and `int8 + bf16` by OpenVINO on a processor with AMX. */
const asked: Readonly<Record<Architecture, Partial<Readonly<Record<Kind, number>>>>> = {
  resnet18: { fp32: 1.5, int8: 4.5, bf16: 8, 'int8 + bf16': 13 },
  mobilenet_v2: { fp32: 4, int8: 8 },
}

/** Patches are asked at the resolution of the slide, so that nobody resamples and predictions can be compared to the last digit. */
interface Race {
  readonly title: string
  readonly architecture: Architecture
  readonly slide: string
  readonly mpp: number
  readonly stride: number
  /** A picture of the whole slide, black where nothing is wanted. */
  readonly mask?: string
}

interface Answer extends Sample {
  readonly probabilities: readonly (readonly number[])[]
}

export default async function endToEnd({ quick }: Asked): Promise<void> {
  const python = torchPython()
  const loop = python === null ? null : new Peer(python, 'loop')
  if (loop) prose(`loop: ${(await loop.ask<{ version: string }>({ do: 'about' })).version}`)
  else prose('no PyTorch here: neither TIAToolbox nor a loop of OpenSlide and PyTorch can be measured')
  const toolbox = await toolboxPeer()
  for (const architecture of ['resnet18', 'mobilenet_v2'] as const) {
    const side = patch * (quick ? 6 : architecture === 'resnet18' ? 24 : 32)
    const slide = await generatedSlide({ side, mpp: 0.5, tissue: 1 })
    await run({ title: 'generated slide', architecture, slide, mpp: 0.5, stride: patch }, { loop, toolbox, quick })
  }
  const { path: slide, width, height, mpp } = realSlide
  if (existsSync(slide)) {
    const mask = await ellipse(width, height)
    const title = 'CMU-1-Small-Region.svs, overlapping patches below a mask'
    // A small crop: at a wide stride it has too few patches to tell more than how long everything takes to start.
    await run({ title, architecture: 'resnet18', slide, mpp, stride: quick ? patch : 64, mask }, { loop, toolbox, quick })
  } else prose(`no real slide: ${slide} is not there`)
  await loop?.stop()
  await toolbox?.stop()
}

async function toolboxPeer(): Promise<Peer | null> {
  const python = toolboxPython()
  if (python === null) return null
  const peer = new Peer(python, 'toolbox')
  try {
    prose((await peer.ask<{ version: string }>({ do: 'about' })).version)
    return peer
  } catch (error) {
    prose(`TIAToolbox does not start here: ${error instanceof Error ? error.message : error}`)
    return null
  }
}

interface Others {
  readonly loop: Peer | null
  readonly toolbox: Peer | null
  readonly quick: boolean
}

async function run({ title, architecture, slide, mpp, stride, mask }: Race, { loop, toolbox, quick }: Others): Promise<void> {
  const model = await modelFolder(architecture, 'fp32')
  const int8 = await modelFolder(architecture, 'int8')
  const weights = await weightsOf(architecture)
  if (model === null || weights === null) return
  const work = {
    slide,
    grid: `{ size: ${patch} px, stride: ${stride} px, at: ${mpp} mpp }`,
    mask: mask === undefined ? '{ method: none }' : `{ file: ${JSON.stringify(mask)}, compat: tiatoolbox }`,
  }
  const answers = new Map<string, readonly (readonly number[])[]>()
  const contestants: Contestant[] = [ours('tiastream fp32', { ...work, name: `e2e-${architecture}`, model }, answers)]
  if (int8) contestants.push(ours('tiastream int8', { ...work, name: `e2e-${architecture}-int8`, model: int8 }, answers))
  if (await byOpenVino()) {
    contestants.push(ours('tiastream bf16', { ...work, name: `e2e-${architecture}-bf16`, model, precision: 'bf16' }, answers))
    if (int8)
      contestants.push(
        ours('tiastream int8 + bf16', { ...work, name: `e2e-${architecture}-int8-bf16`, model: int8, precision: 'bf16' }, answers),
      )
  }
  // Where tiastream says patches are; that the others find as many is checked below.
  const places = await placesOf({ ...work, name: `e2e-${architecture}`, model })
  const network = { do: 'predict', path: slide, architecture, classes, batch: 16 }
  if (loop) {
    const workers = await best(loop, { ...network, weights, places: places.slice(0, 48), size: patch })
    contestants.push(
      theirs(`OpenSlide + PyTorch, ${workers} workers`, loop, { ...network, weights, places, size: patch, workers }, answers),
    )
    const tuned = { ...network, weights, places, size: patch, workers, tuned: true }
    contestants.push(theirs(`OpenSlide + PyTorch, bf16 and channels_last, ${workers} workers`, loop, tuned, answers))
  }
  if (toolbox) {
    const question = { ...network, weights: weights.replace('.pth', '.tiatoolbox.pth'), base_mpp: mpp, mpp, stride, mask: mask ?? null }
    try {
      const workers = await best(toolbox, question)
      contestants.push(theirs(`TIAToolbox, ${workers} workers`, toolbox, { ...question, workers }, answers))
    } catch (error) {
      prose(`TIAToolbox did not run: ${error instanceof PeerError ? error.message : error}`)
    }
  }
  const outcomes = await alternate(contestants, quick ? 2 : 3, 1)
  prose(`\n## ${architecture}, ${title}: ${places.length} patches of ${patch} pixels, batches of 16, 2 cores`)
  table(
    outcomes.map((o) => ({
      what: o.name,
      'patches/s': o.rate,
      'slowest … fastest': `${Math.min(...o.rates).toFixed(1)} … ${Math.max(...o.rates).toFixed(1)}`,
    })),
  )
  const others = outcomes.filter(({ name }) => !name.startsWith('tiastream'))
  for (const mine of outcomes.filter(({ name }) => name.startsWith('tiastream'))) {
    const kind = mine.name.slice('tiastream '.length) as Kind
    for (const other of others) {
      const said = `${kind}: tiastream / ${other.name} (${spreadOf(mine, other)})`
      const least = asked[architecture][kind]
      // The loop is asked as it is written; what its user can set is beside it.
      const isAsked =
        least !== undefined &&
        !other.name.includes('channels_last') &&
        (kind === 'fp32' || kind === 'int8' || other.name.startsWith('TIAToolbox'))
      if (isAsked) verdict(said, ratioOf(mine, other), least)
      else prose(`         ${said}: ${ratioOf(mine, other).toFixed(2)}`)
    }
  }
  for (const [name, theirAnswers] of answers) {
    if (name === 'tiastream fp32') continue
    const { most, same } = compared(answers.get('tiastream fp32')!, theirAnswers)
    prose(
      `${name} against tiastream fp32: largest difference of a probability ${most.toExponential(1)}, same class for ${(same * 100).toFixed(2)} % of ${theirAnswers.length} patches`,
    )
    if (!name.includes('int8') && !name.includes('bf16')) verdictBelow('share of patches with another class', 1 - same, 0.001)
  }
}

/** Whether there is an OpenVINO, on a processor with AMX. */
const byOpenVino = async (): Promise<boolean> =>
  hasAmx('bf16') === true &&
  (await placeOfOpenVino(process.env).then(
    () => true,
    () => false,
  ))

/** The whole call counts: threads, sessions, slide, Parquet. The peers start warm, with their network loaded. */
function ours(name: string, work: Work, answers: Map<string, readonly (readonly number[])[]>): Contestant {
  return {
    name,
    run: async () => {
      const { seconds, summary, cpu, output } = await runWork(work)
      if (!answers.has(name)) answers.set(name, await probabilitiesOf(tableOf(output, work)))
      return { seconds, done: summary.rows, cpu }
    },
  }
}

function theirs(name: string, peer: Peer, question: object, answers: Map<string, readonly (readonly number[])[]>): Contestant {
  return {
    name,
    run: async () => {
      const { probabilities, seconds, done } = await peer.ask<Answer>(question)
      if (!answers.has(name)) answers.set(name, probabilities)
      return { seconds, done }
    },
  }
}

/** The number of DataLoader workers that is fastest here. */
async function best(peer: Peer, question: object): Promise<number> {
  const rates: number[] = []
  for (const workers of [0, 1, 2]) {
    const { seconds, done } = await peer.ask<Answer>({ ...question, workers })
    rates.push(done / seconds)
  }
  return rates.indexOf(Math.max(...rates))
}

async function probabilitiesOf(file: string): Promise<number[][]> {
  const found: number[][] = []
  for await (const row of (await openParquet(file)).rows)
    found.push(
      Object.keys(row)
        .filter((name) => name.startsWith('prob_'))
        .map((name) => row[name] as number),
    )
  return found
}

/** Corners of all patches in baseline pixels. */
async function placesOf(work: Work): Promise<number[][]> {
  const { output } = await runWork(work)
  const places: number[][] = []
  for await (const { base_x: bx, base_y: by } of (await openParquet(tableOf(output, work))).rows) places.push([bx as number, by as number])
  return places
}

const tableOf = (output: string, { slide }: Work) => path.join(output, 'rows', `${path.parse(slide).name}.parquet`)

/** A mask of a slide of this size: white in an ellipse, a sixteenth as large. */
async function ellipse(width: number, height: number): Promise<string> {
  const file = dataPath('masks', `ellipse-${width}-${height}.png`)
  const [w, h] = [Math.round(width / 16), Math.round(height / 16)]
  const drawn = `<svg width="${w}" height="${h}"><rect width="100%" height="100%"/><ellipse cx="50%" cy="50%" rx="40%" ry="40%" fill="white"/></svg>`
  await sharp(Buffer.from(drawn)).threshold(128).toColourspace('b-w').png().toFile(file)
  return file
}

function compared(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): { most: number; same: number } {
  if (a.length !== b.length) throw new Error(`${a.length} rows here, ${b.length} there`)
  let most = 0
  let same = 0
  const first = (row: readonly number[]) => row.indexOf(Math.max(...row))
  a.forEach((row, i) => {
    row.forEach((value, k) => {
      most = Math.max(most, Math.abs(value - b[i]![k]!))
    })
    if (first(row) === first(b[i]!)) same++
  })
  return { most, same: same / a.length }
}
