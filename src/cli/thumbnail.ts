/** `tiastream thumbnail`: a picture of a slide. */

import path from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { nameIn } from '../core/address.js'
import { onlyGiven } from '../core/argument.js'
import { schemaVersion, tiastreamVersion } from '../pipeline/plan/version.js'
import { openSlide } from '../readers/open.js'
import { fileOf } from '../sinks/file-of.js'
import spec from '../sinks/thumbnail/spec.js'
import { writePicture } from './picture.js'
import { answer } from './say.js'
import { untilSignal } from './stop-on-signal.js'

export interface ThumbnailRequest {
  /** Default: beside the working folder's files, `<slide>.thumbnail.jpg`. */
  readonly output?: string
  /** As in YAML: `4 mpp`. */
  readonly at?: string
  /** Pixels of the longer side. */
  readonly longest?: number
  /** µm per pixel, where the slide does not say. */
  readonly mpp?: number
  readonly force?: boolean
  readonly signal?: AbortSignal
}

/** Draws the slide and answers the file. */
export async function thumbnail(slidePath: string, request: ThumbnailRequest = {}): Promise<string> {
  const { output, at, longest, mpp, force = false, signal = new AbortController().signal } = request
  const id = path.parse(nameIn(slidePath)).name
  const ref = { kind: 'slide', id, uri: slidePath, carried: {}, ...(mpp === undefined ? {} : { mpp }) } as const
  const slide = await openSlide(ref, { signal })
  try {
    const provenance = { schemaVersion, tiastreamVersion, fingerprint: '' }
    const file = output ?? fileOf(spec.file, id)
    return await writePicture(
      { spec, options: onlyGiven({ at, longest }), file, force, reads: [slidePath], batches: [] },
      { columns: [], slide, provenance, signal },
    )
  } finally {
    await slide.close()
  }
}

export function thumbnailCommand(): Command {
  return new Command('thumbnail')
    .description('draw a slide as a small picture')
    .argument('<slide>', 'the slide')
    .option('-o, --output <file>', '.jpg, .png or .tif; default <slide>.thumbnail.jpg here')
    .option('--at <resolution>', "resolution, for example '4 mpp' or '1.25 power'")
    .option('--longest <pixels>', 'pixels of the longer side (default 1024)', parseNumber)
    .option('--mpp <µm>', 'µm per pixel, where the slide does not say', parseNumber)
    .option('--force', 'replace the file if it is there', false)
    .action(async (slide: string, flags: ThumbnailRequest) => {
      await untilSignal(async (signal) => answer(`${await thumbnail(slide, { ...flags, signal })}\n`))
    })
}

function parseNumber(written: string): number {
  const value = Number(written)
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('write a number above 0')
  return value
}
