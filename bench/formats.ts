/** Formats: megapixels a second of each of our readers against OpenSlide on the same file, one worker each. */

import type { Lanes } from '../src/flow/lanes.js'
import { openSlide } from '../src/readers/open.js'
import type { Asked } from './support/asked.js'
import { inBands } from './support/band-order.js'
import { inLanes, readLanes } from './support/in-lanes.js'
import { Peer, PeerError, peerPython } from './support/peers.js'
import type { ReadJob } from './support/read-worker.js'
import { alternate, type Contestant, median, type Outcome, ratioOf, type Sample, spreadOf } from './support/rounds.js'
import { type Scanned, scannedSlides } from './support/scanned.js'
import { refOf } from './support/slides.js'
import { prose, table, verdict } from './support/table.js'

/** Patches of 256 pixels across the tiles, where formats with placed tiles have them anyway. */
const size = 256
const offset = [77, 100] as const
const ours = 'tiastream'
const peers = ['openslide-python', 'openslide C'] as const

export default async function formats({ quick }: Asked): Promise<void> {
  const lanes = readLanes(1)
  const python = peerPython()
  const peer = python === null ? null : new Peer(python, 'reading')
  const rows: Record<string, string | number | null>[] = []
  const verdicts: (() => void)[] = []
  try {
    for (const slide of await scannedSlides()) {
      const outcomes = await race(slide, lanes, peer, quick)
      if (outcomes === null) continue
      const [us, ...them] = outcomes as [Outcome, ...Outcome[]]
      for (const one of outcomes)
        rows.push({
          format: slide.format,
          reader: one.name,
          'MPix/s': one.rate / 1e6,
          'tiastream ÷ it': one === us ? null : ratioOf(us, one),
          'MPix/s of its own cpu': median(one.samples.map(({ done, cpu = Number.NaN }) => done / cpu)) / 1e6,
        })
      const other = them.find(({ name }) => name === 'openslide-python')
      if (other) verdicts.push(() => verdict(`${slide.format} against openslide-python (${spreadOf(us, other)})`, ratioOf(us, other), 2))
    }
  } finally {
    await lanes.close()
    await peer?.stop()
  }
  table(rows)
  for (const say of verdicts) say()
}

/** Ours first, then the peers that open it. */
async function race(slide: Scanned, lanes: Lanes, peer: Peer | null, quick: boolean): Promise<readonly Outcome[] | null> {
  const mean = await ourMean(slide)
  if (mean === null) return null
  const [columns, rows] = [Math.floor((slide.width - offset[0]) / size), Math.floor((slide.height - offset[1]) / size)]
  const places = Array.from(
    { length: columns * rows },
    (_, i) => [slide.left + offset[0] + (i % columns) * size, slide.top + offset[1] + Math.floor(i / columns) * size] as const,
  )
  const [ordinals] = await inBands(columns, rows, 1)
  const ordered = ordinals!.map((i) => places[i]!)
  const inPixels = (sample: Sample): Sample => ({ ...sample, done: places.length * size * size })
  const job: ReadJob = { type: 'read', path: slide.path, places: ordered, size, out: size, decode: 'exact' }
  const contestants: Contestant[] = [{ name: ours, run: async () => inPixels(await inLanes(lanes, [job], () => {})) }]
  for (const reader of peer === null ? [] : peers) {
    try {
      const { mean: theirs } = await peer!.ask<{ mean: number[] }>({ do: 'picture', reader, path: slide.path, ...middle(slide), size })
      const most = Math.max(...theirs.map((v, c) => Math.abs(v - mean[c]!)))
      if (most > 1) prose(`MISSED   ${slide.format}: the mean colour of a patch differs from ${reader}'s by ${most.toFixed(1)}`)
      contestants.push({
        name: reader,
        run: async () => inPixels(await peer!.ask<Sample>({ do: 'read', reader, path: slide.path, places, size, out: size })),
      })
    } catch (error) {
      prose(`${slide.format}, ${reader}: ${error instanceof PeerError ? error.message : error}`)
    }
  }
  // What is compiled while the first 300 MPix are read is nothing of a whole slide, which has 30 times as many.
  return alternate(contestants, quick ? 3 : 5, 4)
}

/** A patch in the middle of the scan. */
const middle = ({ left, top, width, height }: Scanned) => ({ x: left + (width >> 1), y: top + (height >> 1) })

/** Its mean colour, which others must see too; null when we cannot read the slide. */
async function ourMean(slide: Scanned): Promise<readonly number[] | null> {
  try {
    const open = await openSlide(refOf(slide.path))
    const out = new Uint8Array(size * size * 3)
    const [error] = await open.read(
      [{ region: { ...middle(slide), width: size, height: size }, width: size, height: size, level: 0 }],
      [out],
    )
    await open.close()
    if (error) throw error
    return [0, 1, 2].map((c) => out.reduce((sum, v, i) => (i % 3 === c ? sum + v : sum), 0) / (size * size))
  } catch (error) {
    prose(`MISSED   ${slide.format} is not read: ${error instanceof Error ? error.message : error}`)
    return null
  }
}
