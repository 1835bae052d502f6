/** `tiastream overlay`: the predictions of a finished table laid over its slide. */

import path from 'node:path'
import { Command } from 'commander'
import { isAddress, nameIn } from '../core/address.js'
import { defaultEnvironment } from '../pipeline/environment/default.js'
import { openRecorded } from '../pipeline/store/recorded-slide.js'
import { slidePlace } from '../pipeline/store/slide-place.js'
import { recordedContext } from '../sinks/common/recorded.js'
import spec from '../sinks/overlay/spec.js'
import { openParquet } from '../sinks/parquet/read.js'
import { given, writePicture } from './picture.js'
import { untilSignal } from './stop-on-signal.js'

export interface OverlayRequest {
  /** Default: beside the table, `<table>.overlay.png`. */
  readonly output?: string
  readonly at?: string
  /** Show the probability of this class. */
  readonly class?: string
  /** As in YAML: `50 %`. */
  readonly alpha?: string
  readonly min?: string
  readonly legend?: boolean
  /** Where the slide is now, if it moved. */
  readonly slide?: string
  readonly force?: boolean
  readonly signal?: AbortSignal
}

/** Draws the overlay of a table made by tiastream and answers the file. */
export async function overlay(table: string, request: OverlayRequest = {}): Promise<string> {
  const { output, slide: moved, force = false, signal = new AbortController().signal, ...drawing } = request
  const { metadata, columns, rows } = await openParquet(table)
  const place = moved ?? (await slidePlace(table, metadata.slide))
  const slide = await openRecorded(defaultEnvironment.readers, metadata, place, signal)
  try {
    const { provenance } = recordedContext(metadata, table, signal)
    const file = output ?? besideOf(table)
    return await writePicture(
      { spec, options: given(drawing), file, force, reads: [table, slide.info.uri], rows },
      { columns, slide, provenance, signal },
    )
  } finally {
    await slide.close()
  }
}

/** Of a table in a bucket it is made where one stands. */
function besideOf(table: string): string {
  const { dir, base } = isAddress(table) ? { dir: '', base: nameIn(table) } : path.parse(table)
  return path.join(dir, spec.file.replace('{slide}', base.replace(/\.parquet$/i, '')))
}

export function overlayCommand(): Command {
  return new Command('overlay')
    .description('lay the predictions of a finished table over its slide')
    .argument('<table>', 'a .parquet file of an output folder')
    .option('-o, --output <file>', '.png, .jpg or .tif, also in a bucket; default <table>.overlay.png beside the table; of a bucket: here')
    .option('--at <resolution>', "resolution, for example '4 mpp' (default)")
    .option('--class <name>', 'show the probability of this class')
    .option('--alpha <share>', "how much of the colour covers the slide, for example '50 %'")
    .option('--min <share>', 'probabilities below this are not drawn')
    .option('--no-legend', 'no panel with names, colours and scale bar')
    .option('--slide <file>', 'where the slide is now')
    .option('--force', 'replace the file if it is there', false)
    .action(async (table: string, flags: OverlayRequest) => {
      await untilSignal(async (signal) => void process.stdout.write(`${await overlay(table, { ...flags, signal })}\n`))
    })
}
