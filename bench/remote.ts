/** Remote: slides read over a link of 30 ms and 1 Gbit/s, against what the link can carry and against the same run from the disk. */

import { existsSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSlide } from '../src/readers/open.js'
import type { Asked } from './support/asked.js'
import { farPatch, farSlide, farTileBytes, tissueMask } from './support/far-slide.js'
import { dataPath } from './support/folders.js'
import { type Carried, type Link, startLink } from './support/link.js'
import { alternate, median } from './support/rounds.js'
import { type Ran, runWork, type Work } from './support/runs.js'
import { scannedSlides } from './support/scanned.js'
import { realSlide, refOf } from './support/slides.js'
import { prose, table, verdictBelow } from './support/table.js'

const latency = 30
/** Bytes a second: 1 Gbit/s. */
const rate = 125e6
const lanes = 8
/** Of each slide. */
const openings = 5
/** Patches a second of all lanes. */
const model = 2000

export default async function remote({ quick }: Asked): Promise<void> {
  const root = path.dirname(dataPath('x'))
  const slide = await farSlide(quick ? 2560 : 5120)
  const processors = availableParallelism()
  // With fewer processors than lanes the time is theirs: then as many lanes as processors, each with the same share of the link and of the model.
  for (const some of processors < lanes ? [lanes, processors] : [lanes]) {
    const share = some / lanes
    const link = await startLink({ root, latency, rate: rate * share })
    try {
      if (some === lanes) await opening(link, root, slide)
      await reading(link, root, slide, { lanes: some, rate: rate * share, model: model * share, rounds: quick ? 1 : 3 })
    } finally {
      await link.close()
    }
  }
}

interface Share {
  readonly lanes: number
  readonly rate: number
  readonly model: number
  readonly rounds: number
}

/** Round trips until a slide is open. */
async function opening(link: Link, root: string, far: string): Promise<void> {
  prose(`\n## opening a slide, ${latency} ms away`)
  const slides = [{ format: 'large SVS, six directories', path: far }, ...(await scannedSlides())]
  if (existsSync(realSlide.path)) {
    // The server gives what lies below its folder.
    const beside = dataPath('far', 'CMU-1-Small-Region.svs')
    if (!existsSync(beside)) await symlink(realSlide.path, beside)
    slides.push({ format: 'CMU-1-Small-Region.svs', path: beside })
  }
  const rows = []
  for (const { format, path: file } of slides) {
    // The link can only count too many: a request that a busy machine sends late counts as one that waited. The first opening also loads what reads the format.
    const opened: (Carried & { readonly ms: number })[] = []
    for (let i = 0; i < openings; i++) {
      link.carried()
      const began = performance.now()
      const open = await openSlide(refOf(link.urlOf(path.relative(root, file))))
      const ms = performance.now() - began
      await open.close()
      opened.push({ ...link.carried(), ms })
    }
    const { requests, bytes } = opened[0]!
    rows.push({
      format,
      'round trips': Math.min(...opened.map(({ trips }) => trips)),
      requests,
      kB: bytes / 1000,
      ms: median(opened.map(({ ms }) => ms)),
    })
  }
  table(rows)
  for (const { format, 'round trips': trips } of rows) verdictBelow(`round trips to open, ${format}`, trips, 6)
}

interface Read extends Carried {
  readonly ran: Ran
}

async function reading(link: Link, root: string, slide: string, { lanes, rate, model, rounds }: Share): Promise<void> {
  const mask = dataPath('far', 'mask', 'tissue.npy')
  await mkdir(path.dirname(mask), { recursive: true })
  await writeFile(mask, tissueMask())
  const work: Work = {
    name: 'remote',
    slide,
    model: null,
    grid: `{ size: ${farPatch} px, at: baseline }`,
    mask: `{ file: ${JSON.stringify(mask)}, keep: 50 % }`,
    lanes,
  }
  const modelled = {
    ...work,
    plugins: [fileURLToPath(new URL('./support/wait-plugin.js', import.meta.url))],
    work: `wait: { rate: ${model / lanes} }`,
  }
  const read = new Map<string, Read[]>()
  const contestant = (name: string, one: Work) => ({
    name,
    run: async () => {
      const ran = await runWork(one, () => link.carried())
      read.set(name, [...(read.get(name) ?? []), { ran, ...link.carried() }])
      return { seconds: ran.busy, done: ran.summary.rows, cpu: ran.cpu }
    },
  })
  const afar = link.urlOf(path.relative(root, slide))
  const contestants = [
    contestant('from afar, no model', { ...work, slide: afar }),
    contestant('from disk, no model', work),
    contestant('from afar, model', { ...modelled, slide: afar }),
    contestant('from disk, model', modelled),
  ]
  const outcomes = await alternate(contestants, rounds, 0)
  const of = (name: string) => read.get(name)!
  prose(`\n## ${lanes} lanes, ${(rate * 8) / 1e6} Mbit/s, 42 kB a patch; the model answers ${model} patches/s in all`)
  table(
    outcomes.map(({ name, rate: patches }) => {
      const some = of(name)
      return {
        what: name,
        patches: some[0]!.ran.summary.rows,
        seconds: median(some.map(({ ran }) => ran.busy)),
        'patches/s': patches,
        requests: some[0]!.requests,
        MB: some[0]!.bytes / 1e6,
        'cpu seconds': median(some.map(({ ran }) => ran.cpu)),
      }
    }),
  )
  const alone = of('from afar, no model')
  const [here, there] = [of('from disk, model'), of('from afar, model')]
  verdictBelow(
    `${lanes} lanes alone: seconds ÷ seconds of the link for the bytes`,
    median(alone.map(({ ran, bytes }) => (ran.busy * rate) / bytes)),
    1.2,
  )
  verdictBelow(
    `a model of ${model} patches/s: seconds from afar ÷ seconds from disk`,
    median(there.map(({ ran }, i) => ran.busy / here[i]!.ran.busy)),
    1.05,
  )
  for (const [what, some] of [
    ['no model', alone],
    ['model', there],
  ] as const)
    verdictBelow(
      `bytes carried ÷ bytes of the tiles that are needed, ${what}`,
      median(some.map(({ ran, bytes }) => bytes / needed(ran))),
      1.1,
    )
}

/** Tiles that patches touch, each once. */
const needed = ({ receipts }: Ran) => receipts.reduce((sum, { counts }) => sum + (counts['lanes.tilesTouched'] ?? 0), 0) * farTileBytes
