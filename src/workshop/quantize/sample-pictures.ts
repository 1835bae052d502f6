/** Pictures of a folder, for calibration: those of the model's size as they are, larger ones cut into pieces of it. */

import { PipelineError, SlideError } from '../../core/errors.js'
import type { AnySourceSpec } from '../../core/source.js'
import { decodeNamed } from '../../readers/set/picture.js'
import patches from '../../sources/patches/spec.js'
import { drawnFrom, numbersFrom } from './chance.js'
import type { Sample } from './parts.js'

/** A picture of more pixels is a slide or a tile: those come through a pipeline. */
const mostPixels = 2 ** 26
/** Pieces of one picture, so that no picture speaks for all. */
const mostPieces = 16

/** At most `count`, taken from all pictures alike. Throws PipelineError when the folder holds none that fits. */
export async function samplePictures(folder: string, count: number, [width, height]: readonly [number, number]): Promise<Sample[]> {
  const files = await filesOf(folder)
  const step = Math.max(1, files.length / count)
  // Every step-th file; the others only when these give too few.
  const first = [
    ...new Set(Array.from({ length: Math.ceil(files.length / step) }, (_, i) => Math.min(Math.floor(i * step), files.length - 1))),
  ]
  const order = [...new Set([...first, ...files.keys()])]
  let [small, found] = [0, 0]
  async function* pieces(): AsyncGenerator<Sample> {
    for (const [i, index] of order.entries()) {
      if (i >= first.length && found >= count) return
      const picture = await decodeNamed(files[index]!, mostPixels).catch(refuse)
      if (picture.width < width || picture.height < height) small++
      for (const data of piecesOf(picture, width, height)) {
        found++
        yield { data, origin: files[index]! }
      }
    }
  }
  const pictures = await drawnFrom(pieces(), count, numbersFrom(1))
  if (pictures.length > 0) return evenly(pictures, count)
  throw noPictures(`${folder} holds no picture of ${width} × ${height} px or more: ${small} are smaller`)
}

const noPictures = (message: string): PipelineError =>
  new PipelineError('NO_PICTURES', message, {
    hint: 'give a folder of PNG, JPEG or TIFF pictures at the resolution of the model, or a pipeline, which takes patches out of slides',
  })

function refuse(cause: unknown): never {
  if (!(cause instanceof SlideError)) throw cause
  const hint = 'take it out of the folder, whose pictures speak for all that the model will see'
  throw new SlideError(cause.code, cause.message, { hint, cause })
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const { default: read } = await (patches as AnySourceSpec).load()
  const uris: string[] = []
  try {
    for await (const { images } of read({ folder, label: 'none' }, process.cwd())) uris.push(...(images ?? []).map(({ uri }) => uri))
  } catch (cause) {
    if (!(cause instanceof PipelineError) || cause.code !== 'NO_SLIDES') throw cause
    throw noPictures(`${folder} holds no picture`)
  }
  return uris
}

function* piecesOf(picture: { width: number; height: number; data: Uint8Array }, width: number, height: number): Generator<Uint8Array> {
  let pieces = 0
  for (let y = 0; y + height <= picture.height; y += height) {
    for (let x = 0; x + width <= picture.width; x += width) {
      if (pieces++ >= mostPieces) return
      const piece = new Uint8Array(width * height * 3)
      for (let row = 0; row < height; row++) {
        const from = ((y + row) * picture.width + x) * 3
        piece.set(picture.data.subarray(from, from + width * 3), row * width * 3)
      }
      yield piece
    }
  }
}

/** The same shuffle every time: neighbours in a folder are often of one kind. */
function evenly(pictures: readonly Sample[], count: number): Sample[] {
  let state = 1
  const keyed = pictures.map((picture) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return { picture, key: state }
  })
  return keyed
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ picture }) => picture)
}
