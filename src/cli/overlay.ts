/** `tiastream overlay`: the predictions of a finished table laid over its slide. */

import { Command } from 'commander'
import { onlyGiven } from '../core/argument.js'
import { defaultEnvironment } from '../pipeline/environment/default.js'
import { besideTable } from '../pipeline/export.js'
import { openRecorded } from '../pipeline/store/recorded-slide.js'
import { slidePlace } from '../pipeline/store/slide-place.js'
import { recordedContext } from '../sinks/common/recorded.js'
import spec from '../sinks/overlay/spec.js'
import { openParquet } from '../sinks/parquet/read.js'
import { readBatches } from '../sinks/parquet/read-columns.js'
import { writePicture } from './picture.js'
import { answer } from './say.js'
import { untilSignal } from './stop-on-signal.js'

export interface OverlayRequest {
  /** Default: `<table>.overlay.png` beside the table; beside `rows/` where it lies in that of an output, which holds tables alone. */
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
  const { metadata, columns } = await openParquet(table)
  const place = moved === undefined ? await slidePlace(table, metadata.slide) : { uri: moved }
  const slide = await openRecorded(defaultEnvironment.readers, metadata, place, signal)
  try {
    const { provenance } = recordedContext(metadata, table, signal)
    const file = output ?? (await besideTable(table, metadata.slide.id, spec.file))
    return await writePicture(
      { spec, options: onlyGiven(drawing), file, force, reads: [table, slide.info.uri], batches: readBatches(table, columns) },
      { columns, slide, provenance, signal },
    )
  } finally {
    await slide.close()
  }
}

export function overlayCommand(): Command {
  return new Command('overlay')
    .description('draw the predictions of a finished table over its slide')
    .argument('<table>', 'a .parquet file of an output folder')
    .option(
      '-o, --output <file>',
      '.png, .jpg or .tif, also in a bucket; default: <slide>.overlay.png beside the table, or in its output; here when that is in a bucket',
    )
    .option('--at <resolution>', "resolution, for example '4 mpp' (default)")
    .option('--class <name>', 'show the probability of this class')
    .option('--alpha <share>', "how strongly the colour covers the slide, for example '50 %'")
    .option('--min <share>', 'leave out probabilities below this')
    .option('--no-legend', 'leave out the panel with names, colours and scale bar')
    .option('--slide <file>', 'where the slide is now')
    .option('--force', 'replace the file if it is there', false)
    .action(async (table: string, flags: OverlayRequest) => {
      await untilSignal(async (signal) => answer(`${await overlay(table, { ...flags, signal })}\n`))
    })
}
