/** The pictures of one slide, as data URIs: the overlay, the mask, and small ones of single patches. */

import type { RemoteOptions } from '../../core/address.js'
import { overviewOf } from '../../core/overview.js'
import { pictureAt } from '../../core/picture-path.js'
import type { Slide } from '../../core/slide.js'
import { defaultLimits } from '../../readers/limits.js'
import { decodeOf } from '../../readers/set/picture.js'
import { pictureInside, type Results, type SlideResult } from '../open.js'
import { dataUri, jpegOf, pngOf, smallJpeg } from '../pictures.js'
import type { PatchPlace, SlideFacts } from './gather.js'
import { drawnBy } from './overlay-options.js'

/** Side of a patch's picture in pixels: small in its row, whole when it is enlarged. */
const patchSide = 224
const patchQuality = 72
/** How much of the page's own layer covers the slide, until its slider is moved. */
const layerAlpha = 0.5
/** Longest side of an overlay that a sink has made. */
const overlaySide = 1100

export interface SlidePictures {
  /** Made by the overlay sink: slide, classes and legend in one. */
  readonly overlay: string | null
  /** How much of the colour covers the slide in the picture: 0 to 1. */
  readonly alpha: number
  /** The slide, made small; null where it cannot be read. */
  readonly base: string | null
  /** The classes alone, of the same shape, transparent where no patch is. */
  readonly classes: string | null
  readonly mask: string | null
  /** Why something is missing, in sentences. */
  readonly missing: readonly string[]
  /** By the index of the patch. */
  readonly patches: ReadonlyMap<number, string>
}

/** `slide`: open, or the sentence that says why it cannot be had. */
export async function picturesOf(
  results: Results,
  result: SlideResult,
  facts: SlideFacts,
  slide: Slide | string,
  signal?: AbortSignal,
): Promise<SlidePictures> {
  const missing: string[] = []
  const attempt = async (what: string, make: () => Promise<string | null>): Promise<string | null> =>
    make().catch((error: Error) => {
      signal?.throwIfAborted()
      missing.push(`${what} cannot be shown: ${error.message}`)
      return null
    })
  const { painting } = facts
  const drawn = drawnBy(results, result)
  const overlay = drawn ? await attempt('the overlay', () => overlayFile(results, result, drawn.file)) : null
  const base =
    typeof slide === 'string' || !painting
      ? null
      : await attempt('the slide', async () =>
          dataUri('image/jpeg', await jpegOf(await overviewOf(slide, painting.size, signal ? { signal } : {}))),
        )
  if (typeof slide === 'string' && painting) missing.push(`the slide itself cannot be shown: ${slide}`)
  return {
    overlay,
    alpha: overlay && drawn ? drawn.alpha : base ? layerAlpha : 1,
    base,
    classes: painting && !overlay ? dataUri('image/png', await pngOf(painting.classes(facts.classes.map(({ color }) => color)))) : null,
    mask: painting ? dataUri('image/png', await pngOf(painting.mask())) : null,
    missing,
    patches: await patchPictures(facts, { slide, root: result.receipt.root, remote: result.receipt.remote }, missing, signal),
  }
}

async function overlayFile({ folder }: Results, { id }: SlideResult, file: string): Promise<string | null> {
  return dataUri('image/jpeg', await smallJpeg(await pictureInside(folder, file, id), overlaySide))
}

async function patchPictures(
  { classes, labels, samples }: SlideFacts,
  from: PixelsFrom,
  missing: string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, string>> {
  const { slide } = from
  const pictures = new Map<number, string>()
  const lost = new Set<number>()
  const best = [...(labels?.shown ?? []), ...classes.flatMap(({ typical, unsure }) => [...typical, ...unsure])]
  const shown: readonly PatchPlace[] = [...best.map(({ item }) => item), ...samples]
  for (const item of shown) {
    signal?.throwIfAborted()
    if (pictures.has(item.index) || lost.has(item.index)) continue
    const picture = await patchPicture(item, from).catch(() => null)
    if (picture) pictures.set(item.index, dataUri('image/jpeg', picture))
    else lost.add(item.index)
  }
  if (lost.size > 0) {
    const isSet = shown.some(({ file }) => file !== null)
    const why = isSet
      ? 'the files that the table names cannot be read'
      : typeof slide === 'string'
        ? slide
        : 'the slide cannot be read there'
    missing.push(`${lost.size === 1 ? 'the picture of a patch is' : `pictures of ${lost.size} patches are`} missing: ${why}`)
  }
  return pictures
}

/** The slide, open or the sentence that says why it cannot be had; of a set the folder that its pictures are named from, and how they are asked for. */
interface PixelsFrom {
  readonly slide: Slide | string
  readonly root: string | undefined
  readonly remote: RemoteOptions | undefined
}

async function patchPicture({ region, file }: PatchPlace, { slide, root, remote }: PixelsFrom): Promise<Buffer | null> {
  if (file !== null) {
    const seen = await decodeOf(root === undefined ? file : pictureAt(root, file), defaultLimits.picturePixels, remote)
    return jpegOf(seen, { quality: patchQuality, longest: patchSide })
  }
  if (!region || typeof slide === 'string') return null
  const [width, height] = fitted(region.width, region.height)
  const data = new Uint8Array(width * height * 3)
  const [error] = await slide.read([{ region, width, height }], [data])
  return error ? null : jpegOf({ width, height, data }, { quality: patchQuality })
}

function fitted(width: number, height: number): [number, number] {
  const factor = patchSide / Math.max(width, height)
  return [Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor))]
}
