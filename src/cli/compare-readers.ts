/** A second opinion: places of a slide as tiastream reads them and as OpenSlide does, and how far the two are apart. */

import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Level, Slide } from '../core/slide.js'
import { openWith } from '../readers/open-with.js'
import { openSlideReader } from '../readers/openslide/reader.js'

export interface ComparedLevel {
  readonly level: number
  /** Pixels of both readers that were put side by side. */
  readonly pixels: number
  /** How many differ, and the largest difference of a colour, in grey levels. */
  readonly differing: number
  readonly most: number
  /** Where that is, in pixels of the level; absent where nothing differs. */
  readonly at?: { readonly x: number; readonly y: number }
}

export interface Comparison {
  /** `OpenSlide 4.0.1`. */
  readonly with: string
  readonly levels: readonly ComparedLevel[]
  /** What the two say differently of the slide. */
  readonly facts: readonly string[]
}

/** Places a side, of so many pixels a side: the whole of a level that is no larger. */
const PLACES = 5
const SIDE = 256

/** Of levels that both have, by their sizes. Throws a SlideError when either cannot read the slide, or there is no OpenSlide (READER_MISSING). */
export async function compareReaders(uri: string, slide: Slide): Promise<Comparison> {
  const { ref } = slide
  const other = await openWith([openSlideReader], { ...ref, uri: await fileIn(uri, slide) }, { identity: slide.identity })
  try {
    const levels: ComparedLevel[] = []
    for (const [i, level] of slide.info.levels.entries()) {
      const same = other.info.levels.findIndex(({ width, height }) => width === level.width && height === level.height)
      if (same >= 0) levels.push(await compareLevel(slide, i, other, same))
    }
    return { with: other.info.compression, levels, facts: factsOf(slide, other) }
  } finally {
    await other.close()
  }
}

/** OpenSlide is given a file of a DICOM series, and opens all that lie beside it. */
async function fileIn(uri: string, { info }: Slide): Promise<string> {
  if (info.vendor !== 'dicom' || !(await stat(uri).catch(() => null))?.isDirectory()) return uri
  const names = (await readdir(uri)).sort()
  const one = names.find((name) => /\.dcm$/i.test(name)) ?? names.find((name) => !name.startsWith('.'))
  return one === undefined ? uri : path.join(uri, one)
}

function factsOf({ info }: Slide, { info: other }: Slide): string[] {
  const facts: string[] = []
  const sizes = (levels: readonly Level[]) => levels.map(({ width, height }) => `${width} × ${height}`).join(', ')
  if (sizes(info.levels) !== sizes(other.levels)) facts.push(`levels: ${sizes(other.levels)}`)
  const [own, mpp] = [info.mpp, other.mpp]
  const apart = (axis: 'x' | 'y') => Math.abs(mpp![axis] / own![axis] - 1) > 1e-3
  if (mpp && own && (apart('x') || apart('y'))) facts.push(`resolution: ${mpp.x === mpp.y ? mpp.x : `${mpp.x} × ${mpp.y}`} µm/px`)
  if (other.power !== undefined && other.power !== info.power) facts.push(`power: ${other.power} ×`)
  return facts
}

async function compareLevel(slide: Slide, level: number, other: Slide, same: number): Promise<ComparedLevel> {
  const { width, height } = slide.info.levels[level]!
  let [pixels, differing, most] = [0, 0, 0]
  let at: { x: number; y: number } | undefined
  for (const y of placesAlong(height)) {
    for (const x of placesAlong(width)) {
      const box = { x, y, width: Math.min(SIDE, width), height: Math.min(SIDE, height) }
      const [ours, theirs] = [await pixelsIn(slide, level, box), await pixelsIn(other, same, box)]
      for (let i = 0; i < ours.length; i += 3) {
        const off = Math.max(
          Math.abs(ours[i]! - theirs[i]!),
          Math.abs(ours[i + 1]! - theirs[i + 1]!),
          Math.abs(ours[i + 2]! - theirs[i + 2]!),
        )
        if (off > 0) differing++
        if (off <= most) continue
        most = off
        at = { x: x + ((i / 3) % box.width), y: y + Math.floor(i / 3 / box.width) }
      }
      pixels += box.width * box.height
    }
  }
  return { level, pixels, differing, most, ...(at === undefined ? {} : { at }) }
}

/** Evenly from edge to edge. */
export function placesAlong(length: number): number[] {
  const count = Math.min(PLACES, Math.ceil(length / SIDE))
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (length - SIDE)) / (count - 1))))
}

async function pixelsIn(slide: Slide, level: number, box: { x: number; y: number; width: number; height: number }): Promise<Uint8Array> {
  const { x, y } = slide.info.levels[level]!.downsample
  const out = new Uint8Array(box.width * box.height * 3)
  const region = { x: box.x * x, y: box.y * y, width: box.width * x, height: box.height * y }
  const [error] = await slide.read([{ region, level, width: box.width, height: box.height }], [out])
  if (error) throw error
  return out
}
