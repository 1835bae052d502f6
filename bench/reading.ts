/** Reading: patches a second of every reader, on the same places of the same slide, with as many workers. */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Lanes } from '../src/flow/lanes.js'
import { distinct } from '../src/pipeline/run/distinct.js'
import type { Asked } from './support/asked.js'
import { inBands } from './support/band-order.js'
import { dataPath } from './support/folders.js'
import { cpuRate, inLanes, readLanes } from './support/in-lanes.js'
import { Peer, PeerError, peerPython } from './support/peers.js'
import type { ReadAnswer, ReadJob } from './support/read-worker.js'
import { alternate, type Contestant, type Outcome, ratioOf, type Sample, spreadOf } from './support/rounds.js'
import { generatedSlide, realSlide, tissueTiles } from './support/slides.js'
import { prose, table, verdict, verdictBelow } from './support/table.js'

interface Case {
  readonly name: string
  readonly size: number
  readonly out: number
  readonly offset: readonly [number, number]
}

const cases: readonly Case[] = [
  { name: 'level resolution, on the tiles', size: 256, out: 256, offset: [0, 0] },
  { name: 'level resolution, across the tiles', size: 256, out: 256, offset: [77, 100] },
  { name: '2 x down, on the tiles', size: 512, out: 256, offset: [0, 0] },
  { name: '2 x down, across the tiles', size: 512, out: 256, offset: [77, 100] },
  { name: '0.499 to 0.5 um (225 to 224 pixels)', size: 225, out: 224, offset: [0, 0] },
]

const workers = [1, 2] as const

export default async function reading({ quick }: Asked): Promise<void> {
  const rounds = quick ? 3 : 5
  const lanes = readLanes(2)
  const python = peerPython()
  const peers = python === null ? [] : workers.map(() => new Peer(python, 'reading', { VIPS_CONCURRENCY: '1' }))
  const made = await generatedSlide({ side: 12_288, mpp: 0.499, tissue: 1 })
  const slides = [{ name: 'generated slide, tiles of 256', path: made, side: 12_288, height: 12_288, most: quick ? 64 : 1152 }]
  const { path: real, width, height } = realSlide
  if (existsSync(real))
    slides.push({ name: 'CMU-1-Small-Region.svs, tiles of 240', path: real, side: width, height, most: quick ? 32 : 96 })
  try {
    for (const slide of slides) {
      const readers = await readable(peers, slide.path)
      for (const one of cases) {
        const { size, offset } = one
        const columns = Math.floor((slide.side - offset[0]) / size)
        const rows = Math.min(Math.floor((slide.height - offset[1]) / size), Math.ceil(slide.most / columns))
        const places = placesOf(one, columns, rows)
        const counted = new Map<string, readonly ReadAnswer[]>()
        const contestants: Contestant[] = []
        for (const count of workers) {
          const ours = (await inBands(columns, rows, count)).map((share) => share.map((i) => places[i]!))
          for (const decode of ['exact', 'fast'] as const) {
            const name = `tiastream${decode === 'fast' ? ' (decode: fast)' : ''} x ${count}`
            contestants.push({
              name,
              run: () =>
                inLanes(
                  lanes,
                  ours.map((share): ReadJob => ({ type: 'read', path: slide.path, places: share, size, out: one.out, decode })),
                  (answers) => counted.set(name, answers),
                ),
            })
          }
          for (const reader of readers)
            contestants.push({
              name: `${reader} x ${count}`,
              run: () =>
                inPeers(peers.slice(0, count), halves(places, count), { do: 'read', reader, path: slide.path, size, out: one.out }),
            })
        }
        const outcomes = await alternate(contestants, rounds)
        const reference = outcomes.find(({ name }) => name === 'openslide-python x 1')
        prose(`\n## ${slide.name}: ${one.name}, ${places.length} patches`)
        table(
          outcomes.map((o) => {
            const answers = counted.get(o.name)
            return {
              reader: o.name,
              'patches/s': o.rate,
              'MPix/s': (o.rate * size * size) / 1e6,
              'vs openslide-python': reference
                ? ratioOf(o, o.name.endsWith('2') ? outcomes.find(({ name }) => name === 'openslide-python x 2')! : reference)
                : null,
              'decoded / touched': answers ? ratioDecoded(answers) : null,
              'patches/s of its own cpu': cpuRate(o),
            }
          }),
        )
        for (const count of workers) {
          const other = outcomes.find(({ name }) => name === `openslide-python x ${count}`)
          const ours = outcomes.find(({ name }) => name === `tiastream x ${count}`)!
          if (other)
            verdict(`${count} lane(s) against openslide-python with as many workers (${spreadOf(ours, other)})`, ratioOf(ours, other), 1)
          // Of a small piece the border between two workers is a large part: those ratios are in the table.
          if (count === 1 || places.length >= 500) verdictBelow('tiles decoded / touched', ratioDecoded(counted.get(ours.name)!), 1.1)
        }
      }
    }
    await againstLibvips(lanes, peers, quick)
    await codecs(lanes, peers, made, quick)
    await againstGeotiff(lanes, made, quick)
  } finally {
    await lanes.close()
    for (const peer of peers) await peer.stop()
  }
}

/**
 * Two lanes and two workers of libvips alone, on a larger piece: of the runs above, some tenths of a second, the opening of the slide is a part that it is not
 * of any whole slide.
 */
async function againstLibvips(lanes: Lanes, peers: readonly Peer[], quick: boolean): Promise<void> {
  const side = quick ? 6144 : 24_576
  const path = await generatedSlide({ side, mpp: 0.499, tissue: 1 })
  const reader = 'libvips'
  const told = await peers[0]?.ask({ do: 'about', reader }).catch(() => undefined)
  if (told === undefined) return
  for (const one of cases) {
    const { name, size, out, offset } = one
    const [columns, rows] = offset.map((first) => Math.floor((side - first) / size)) as [number, number]
    const places = placesOf(one, columns, rows)
    const shares = (await inBands(columns, rows, 2)).map((share) => share.map((i) => places[i]!))
    const [ours, vips] = (await alternate(
      [
        {
          name: 'tiastream x 2',
          run: () =>
            inLanes(
              lanes,
              shares.map((share): ReadJob => ({ type: 'read', path, places: share, size, out, decode: 'exact' })),
              () => {},
            ),
        },
        { name: 'libvips x 2', run: () => inPeers(peers.slice(0, 2), halves(places, 2), { do: 'read', reader, path, size, out }) },
      ],
      quick ? 3 : 5,
    )) as [Outcome, Outcome]
    prose(`\n## a larger piece: ${name}, ${places.length} patches`)
    table([ours, vips].map((o) => ({ reader: o.name, 'patches/s': o.rate, 'patches/s of its own cpu': cpuRate(o) })))
    verdict(`2 lanes against libvips with two workers (${spreadOf(ours, vips)})`, ratioOf(ours, vips), 0.9)
  }
}

/** The readers that open this slide, with their versions; the others are named. */
async function readable(peers: readonly Peer[], file: string): Promise<string[]> {
  const found: string[] = []
  const [peer] = peers
  if (!peer) return found
  for (const reader of ['openslide-python', 'openslide C', 'libvips', 'tifffile', 'tiffslide', 'fastslide']) {
    try {
      const { version } = await peer.ask<{ version: string }>({ do: 'about', reader })
      const { mean } = await peer.ask<{ mean: number[] }>({ do: 'picture', reader, path: file, x: 300, y: 300, size: 256 })
      prose(`${reader} ${version}: mean colour ${mean.map((v) => v.toFixed(1)).join(' ')} at (300, 300)`)
      found.push(reader)
    } catch (error) {
      prose(`${reader}: ${error instanceof PeerError ? error.message : error}`)
    }
  }
  return found
}

/** Corners side by side, row by row. */
function placesOf({ size, offset }: Case, columns: number, rows: number) {
  return Array.from(
    { length: columns * rows },
    (_, i) => [offset[0] + (i % columns) * size, offset[1] + Math.floor(i / columns) * size] as const,
  )
}

/** One contiguous stretch for each worker. */
function halves<T>(places: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, i) =>
    places.slice(Math.round((places.length * i) / count), Math.round((places.length * (i + 1)) / count)),
  )
}

async function inPeers(
  peers: readonly Peer[],
  shares: readonly (readonly (readonly [number, number])[] | undefined)[],
  question: object,
): Promise<Sample> {
  const began = performance.now()
  const answers = await Promise.all(peers.map((peer, i) => peer.ask<Sample>({ ...question, places: shares[i] })))
  const seconds = (performance.now() - began) / 1000
  return { seconds, done: answers.reduce((sum, { done }) => sum + done, 0), cpu: answers.reduce((sum, { cpu = 0 }) => sum + cpu, 0) }
}

function ratioDecoded(answers: readonly ReadAnswer[]): number {
  return answers.reduce((sum, { decoded }) => sum + decoded, 0) / distinct(answers.map(({ touched }) => touched))
}

/** Extraction against the decoder it uses, on tiles in memory, and against libjpeg-turbo as native code. */
async function codecs(lanes: Lanes, peers: readonly Peer[], slide: string, quick: boolean): Promise<void> {
  const columns = 48
  const file = dataPath('tiles.json')
  const { streams } = await tissueTiles()
  await writeFile(file, JSON.stringify(streams.map((bytes) => Buffer.from(bytes).toString('base64'))))
  // So many tiles that opening the slide is nothing of it.
  const rows = quick ? 8 : columns
  const numbers = Array.from({ length: columns * rows }, (_, i) => [i, 0] as const)
  const contestants: Contestant[] = []
  for (const decode of ['exact', 'fast'] as const) {
    for (const count of workers) {
      const shares = (await inBands(columns, rows, count)).map((share) =>
        share.map((i) => [(i % columns) * 256, Math.floor(i / columns) * 256] as const),
      )
      const pixels = (sample: Sample): Sample => ({ ...sample, done: sample.done * 65_536 })
      const job = { size: 256, out: 256, decode }
      contestants.push({
        name: `extraction, ${decode} x ${count}`,
        run: async () =>
          pixels(
            await inLanes(
              lanes,
              shares.map((share) => ({ ...job, type: 'read', path: slide, places: share })),
              () => {},
            ),
          ),
      })
      contestants.push({
        name: `bare codec, ${decode} x ${count}`,
        run: async () =>
          pixels(
            await inLanes(
              lanes,
              halves(numbers, count).map((share) => ({ ...job, type: 'codec', path: file, places: share })),
              () => {},
            ),
          ),
      })
    }
  }
  const loaded = await Promise.all(peers.map((peer) => peer.ask<{ count: number }>({ do: 'load_tiles', path: slide })))
  if (loaded.length > 0)
    contestants.push(...workers.map((count) => ({ name: `libjpeg-turbo, native x ${count}`, run: nativeRun(peers.slice(0, count)) })))
  const outcomes = await alternate(contestants, quick ? 3 : 7)
  const of = (name: string) => outcomes.find((o) => o.name === name)
  prose('\n## decoding: extraction of whole tiles against the same decoder on tiles in memory')
  table(
    outcomes.map((o) => ({
      what: o.name,
      'MPix/s': o.rate / 1e6,
      'MPix/s of its own cpu': cpuRate(o) / 1e6,
      'of native': of('libjpeg-turbo, native x 1') ? ratioOf(o, of(`libjpeg-turbo, native x ${o.name.slice(-1)}`)!) : null,
    })),
  )
  const native = await tjbench(streams[0]!)
  if (native === null) prose('tjbench is not installed: the distance to it cannot be told')
  else {
    const share = (name: string) => `${name} ${((cpuRate(of(name)!) / 1e6 / native) * 100).toFixed(0)} %`
    prose(
      `tjbench, one thread: ${native.toFixed(0)} MPix/s; of that ${['bare codec, exact x 1', 'extraction, exact x 1', 'extraction, fast x 1'].map(share).join(', ')}`,
    )
  }
  for (const decode of ['exact', 'fast']) {
    for (const count of workers)
      verdict(
        `extraction / bare ${decode} codec, ${count} lane(s) each`,
        ratioOf(of(`extraction, ${decode} x ${count}`)!, of(`bare codec, ${decode} x ${count}`)!),
        count === 1 ? 0.75 : 0.6,
      )
  }
}

/** MPix/s of libjpeg-turbo's own benchmark on one tile, with the exact transform. Null where it is not installed (Debian: libjpeg-turbo-progs). */
async function tjbench(tile: Uint8Array): Promise<number | null> {
  const file = dataPath('tile.jpg')
  await writeFile(file, tile)
  try {
    const said = execFileSync('tjbench', [file, '-rgb', '-accuratedct', '-benchtime', '3', '-warmup', '1', '-nowrite', '-quiet'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return Number(/^RGB.*\s([\d.]+)\s*$/m.exec(said)?.[1] ?? Number.NaN)
  } catch {
    return null
  }
}

/** Native decoding answers pixels, not patches. */
function nativeRun(peers: readonly Peer[]): () => Promise<Sample> {
  return () =>
    inPeers(
      peers,
      peers.map(() => undefined),
      { do: 'native' },
    )
}

async function againstGeotiff(lanes: Lanes, slide: string, quick: boolean): Promise<void> {
  prose('\n## against geotiff alone (readRasters), one thread each')
  for (const offset of [0, 77]) {
    const places = Array.from({ length: quick ? 24 : 96 }, (_, i) => [offset + (i % 12) * 256, offset + Math.floor(i / 12) * 256] as const)
    const job = { path: slide, places, size: 256, out: 256, decode: 'exact' } as const
    const [ours, theirs] = await alternate(
      [
        { name: 'tiastream', run: () => inLanes(lanes, [{ ...job, type: 'read' }], () => {}) },
        { name: 'geotiff readRasters', run: () => inLanes(lanes, [{ ...job, type: 'geotiff' }], () => {}) },
      ],
      quick ? 3 : 5,
    )
    table([ours!, theirs!].map((o) => ({ reader: o.name, 'patches/s': o.rate, 'patches/s of its own cpu': cpuRate(o) })))
    verdict(
      `tiastream / geotiff, ${offset === 0 ? 'on the tiles' : 'across the tiles'} (${spreadOf(ours!, theirs!)})`,
      ratioOf(ours!, theirs!),
      8,
    )
  }
}
